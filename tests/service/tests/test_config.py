"""Settings: what is taken, and what is refused with the file's name."""
import unittest

from warehouse import config


class Settings(unittest.TestCase):
    def test_the_database_url_is_read(self):
        self.assertEqual(config.parse('[database]\nurl = "postgresql:///x"\n', "f").database_url, "postgresql:///x")

    def test_a_missing_url_is_refused(self):
        for text in ("", "[database]\n", "database = 1\n", '[database]\nurl = ""\n', "[database]\nurl = 1\n"):
            with self.subTest(text), self.assertRaisesRegex(config.ConfigError, r"^f\.toml: \[database\] url"):
                config.parse(text, "f.toml")

    def test_other_tables_may_be_left_out(self):
        settings = config.parse('security.csp.default-src = ["a", "b", ]\nsecurity.csp.img-src = ["c"]\nother.x = 1\n'
                                '[database]\nurl = "x"\n[[search.hosts]]\nhost = "h"\n', "f")
        self.assertEqual(settings.sections["search"], {"hosts": [{"host": "h"}]})
        self.assertEqual(set(settings.sections), {"security", "search"})
        self.assertEqual(settings.policy(), "default-src a b; img-src c")
        self.assertEqual(config.parse('[database]\nurl = "x"\n', "f").policy(), "")

    def test_a_table_that_is_none_is_refused(self):
        with self.assertRaisesRegex(config.ConfigError, r"^f: \[search\] must be a table"):
            config.parse('search = 1\n[database]\nurl = "x"\n', "f")

    def test_broken_toml_is_refused(self):
        with self.assertRaisesRegex(config.ConfigError, r"^f\.toml: "):
            config.parse("[database", "f.toml")


if __name__ == "__main__":
    unittest.main()
