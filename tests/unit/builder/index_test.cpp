// Unit tests of Python indices: what their pages say, and what is uploaded to one that takes uploads.
#include "builder/index_page.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "builder/upload_index.h"
#include "digest.h"
#include "error.h"
#include "files.h"
#include "host/http_memory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>

using namespace dray;
using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

const std::string an_a(64, 'a');
const std::string a_b(64, 'b');
constexpr auto page_url = "http://index.test/simple/my-service/";

/// twine that puts files into an index, or says why not.
class Twine final : public host::Processes {
  public:
    std::function<host::Result(const fs::path& file)> upload;
    mutable std::vector<std::vector<std::string>> ran;

    host::Result run(const host::Command& command) const override {
        if (command.argv.back() == "--version") return {};
        ran.push_back(command.argv);
        return upload(command.argv.back());
    }
};

struct Index {
    Index() {
        settings.service.name = "My.Service";
        settings.publish.upload_to = "internal";
        settings.publish.upload_config = folder.path() / "pypirc";
        settings.publish.index_url = "http://index.test/simple";
        write(settings.publish.upload_config, "[internal]\npassword = hush\n");
        write(folder.path() / "my_service-26.9.1.tar.gz", "sdist");
        write(folder.path() / "my_service-26.9.1-py3-none-any.whl", "wheel");
        http.play(page_url, [this] { return answer(); });
        twine.upload = [this](const fs::path& file) { return take(file); };
    }

    /// What the index answers, in JSON.
    host::HttpResponse answer() const {
        if (status != 200) return {.status = status};
        std::string list;
        for (const auto& [name, digest] : has)
            list += (list.empty() ? "" : ",") + std::string(R"({"filename":")") + name +
                    R"(","url":"x","hashes":{"sha256":")" + digest + "\"}}";
        return {
            .status = 200,
            .body = "{\"meta\":{\"api-version\":\"1.0\"},\"name\":\"my-service\",\"files\":[" + list + "]}",
            .headers = {{"content-type", "application/vnd.pypi.simple.v1+json"}}};
    }

    host::Result take(const fs::path& file) {
        has[file.filename().string()] = dray::sha256(test::content(file));
        return {};
    }

    UploadIndex index() const { return {twine, http, settings}; }
    void publish() const {
        UploadIndex one = index();
        one.stage(products(), false);
        one.commit();
    }
    Products products() const {
        Products made;
        made.folder = folder.path();
        made.version = *Version::parse("26.9.1");
        made.sdist = "my_service-26.9.1.tar.gz";
        made.wheel = "my_service-26.9.1-py3-none-any.whl";
        return made;
    }

    Scratch folder;
    Settings settings;
    Twine twine;
    host::ScriptedHttp http;
    ProjectFiles has;
    int status = 200;
};

}  // namespace

TEST_CASE("links of a page are read as browsers and pip read them") {
    const ProjectFiles files = read_project_page(
        "<!DOCTYPE html><html><body>\n<!-- <a href=\"old-1.tar.gz#sha256=x\"> -->\n"
        "<a data-requires-python=\">=3\" href=\"../../packages/ab/a-1.tar.gz#sha256=" +
        an_a + "\">a</a><A HREF='https://files.test/a-1%2Blocal-py3-none-any.whl?x=1&amp;y=2#sha256=" +
        std::string(64, 'B') +
        "&amp;egg=a'>a</A><a href = b-1.tar.gz>b</a><abbr href=\"no\">"
        "<a rel=\"internal\" hrefx=\"no\">no</a><a href=\"/\">up</a>\n</body></html>");
    CHECK(files ==
          ProjectFiles{{"a-1.tar.gz", an_a}, {"a-1+local-py3-none-any.whl", a_b}, {"b-1.tar.gz", ""}});
    for (const char* broken : {"<", "<a", "<a href", "<a href=", "<a href=\"", "<!--", "<a href=\"x", "%"})
        CHECK(read_project_page(broken).empty());
}

TEST_CASE("the JSON form is read, and what is none is an error") {
    CHECK(read_project_json(R"({"files":[{"filename":"a-1.tar.gz","url":"x","hashes":{"sha256":"AA"}},
                                {"filename":"b-1.tar.gz","url":"x","hashes":{"md5":"1"}}]})") ==
          ProjectFiles{{"a-1.tar.gz", "aa"}, {"b-1.tar.gz", ""}});
    for (const char* broken :
         {"", "[]", "{}", R"({"files":[{}]})", R"({"files":[{"filename":1,"hashes":{}}]})"})
        CHECK_THROWS_AS(read_project_json(broken), Error);
    CHECK(is_project_json("application/vnd.pypi.simple.v1+json; charset=utf-8"));
    CHECK(!is_project_json("text/html"));
}

TEST_CASE("both files are uploaded, and a second time none") {
    Index world;
    world.publish();
    REQUIRE(world.twine.ran.size() == 2);
    CHECK(world.has.size() == 2);
    CHECK(world.http.request().headers.at("Accept") == accepted_pages);
    CHECK(world.twine.ran[1] ==
          std::vector<std::string>{"/usr/bin/twine", "--no-color", "upload", "--non-interactive",
                                   "--disable-progress-bar", "--config-file",
                                   world.settings.publish.upload_config.string(), "--repository", "internal",
                                   (world.folder.path() / "my_service-26.9.1-py3-none-any.whl").string()});
    world.publish();
    CHECK(world.twine.ran.size() == 2);
    CHECK(world.index().versions() == std::vector<Version>(2, *Version::parse("26.9.1")));
}

TEST_CASE("a project without releases is one that has no page yet") {
    Index world;
    world.status = 404;
    CHECK(world.index().published().empty());
    world.status = 500;
    CHECK_THROWS_AS(world.index().published(), Unsure);
}

TEST_CASE("other bytes under a name stop the publication before anything is uploaded") {
    Index world;
    world.has["my_service-26.9.1.tar.gz"] = an_a;
    CHECK_THROWS_AS(world.publish(), Error);
    world.has = {{"my_service-26.8.1.tar.gz", ""}};
    CHECK_THROWS_WITH_AS(world.publish(), doctest::Contains("compare"), Error);
    CHECK(world.twine.ran.empty());
}

TEST_CASE("a file that arrived although its answer was lost is uploaded") {
    Index world;
    world.twine.upload = [&](const fs::path& file) {
        world.take(file);
        return host::Result{.exit_code = 1, .errors = "Connection reset by peer\n"};
    };
    world.publish();
    CHECK(world.has.size() == 2);
}

TEST_CASE("what an index refuses is an error, and nobody has seen anything when it has nothing") {
    Index world;
    world.twine.upload = [&](const fs::path&) {
        return host::Result{.exit_code = 1, .errors = "ERROR HTTPError: 403 Forbidden\n"};
    };
    UploadIndex index = world.index();
    index.stage(world.products(), false);
    CHECK_THROWS_WITH_AS(index.commit(), doctest::Contains("403 Forbidden"), Error);
    CHECK(!index.may_be_visible());
    world.has["my_service-26.9.1.tar.gz"] = dray::sha256("sdist");
    CHECK(index.may_be_visible());
    world.status = 503;
    CHECK(index.may_be_visible());
    CHECK_THROWS_AS(index.withdraw(world.products()), Error);
}

TEST_CASE("while nobody knows whether the index has taken a file, it may be visible") {
    for (const char* words : {"HTTPError: 500 Lost", "Connection reset by peer"}) {
        Index world;
        world.twine.upload = [&](const fs::path&) { return host::Result{.exit_code = 1, .errors = words}; };
        UploadIndex index = world.index();
        index.stage(world.products(), false);
        CHECK_THROWS_AS(index.commit(), Error);
        CHECK(index.may_be_visible());
    }
    // One of two arrives, and the page does not show it yet.
    Index world;
    world.twine.upload = [&](const fs::path& file) {
        const bool sdist = file.string().ends_with(".gz");
        return host::Result{.exit_code = sdist ? 0 : 1, .errors = sdist ? "" : "HTTPError: 403 Forbidden"};
    };
    UploadIndex index = world.index();
    index.stage(world.products(), false);
    CHECK_THROWS_AS(index.commit(), Error);
    CHECK(index.may_be_visible());
}

TEST_CASE("the version of either kind of file is used up") {
    CHECK(distribution_version("my_service-26.9.1.tar.gz") == Version::parse("26.9.1"));
    CHECK(distribution_version("my_service-26.9.2-py3-none-any.whl") == Version::parse("26.9.2"));
    for (const char* other : {"my_service-26.9.1.zip", "x.whl", ".tar.gz", "index.html", "-.whl"})
        CHECK(!distribution_version(other));
}

TEST_CASE("without twine's configuration nothing begins") {
    Index world;
    fs::remove(world.settings.publish.upload_config);
    CHECK_THROWS_WITH_AS(world.publish(), doctest::Contains("there is no"), Error);
    CHECK(world.twine.ran.empty());
}
