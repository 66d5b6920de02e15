// The maintainer scripts of a Debian package with a virtual environment in it.
#include "builder/deb.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

/// Compiles what has changed since the last version: of a release most files are those of its dependencies.
/// What the byte code is of, its header tells (PEP 552), and dpkg has left that of files which are gone.
constexpr std::string_view byte_compile =
    R"(import compileall, functools, importlib.util, pathlib, py_compile, sys
from concurrent.futures import ProcessPoolExecutor

UNCHECKED_HASH = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")


def is_current(source):
    try:
        with open(importlib.util.cache_from_source(source), "rb") as code:
            return code.read(16) == UNCHECKED_HASH + importlib.util.source_hash(source.read_bytes())
    except OSError:
        return False


prefix, packages = map(pathlib.Path, sys.argv[1:])
sources = list(packages.rglob("*.py"))
wanted = set(importlib.util.cache_from_source(source) for source in sources)
for code in list(prefix.rglob("__pycache__/*")):
    if str(code) in wanted or code.is_dir():
        continue
    code.unlink()
    for folder in code.parents:
        try:
            folder.rmdir()
        except OSError:
            break
stale = [source for source in sources if not is_current(source)]
compile_one = functools.partial(compileall.compile_file, quiet=1, force=True,
                                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
if stale:
    with ProcessPoolExecutor() as pool:
        list(pool.map(compile_one, stale, chunksize=8))
)";

}  // namespace

std::string postinst_text(const std::filesystem::path& prefix, const std::string& site_packages,
                          const std::string& more) {
    // A file that does not compile (a template, a test of another Python) is no reason to refuse the package.
    return fmt::format(R"(#!/bin/sh
set -e
case "$1" in
configure | abort-upgrade | abort-remove | abort-deconfigure)
    {0}/bin/python -I - {0} {0}/{1} <<'END' || :
{2}END
{3}    ;;
esac
)",
                       prefix.string(), site_packages, byte_compile, more);
}

std::string prerm_text(const std::filesystem::path& prefix) {
    return fmt::format(R"(#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d {0} ]; then
    find {0} -type d -name __pycache__ -prune -exec rm -rf -- {{}} +
fi
)",
                       prefix.string());
}

}  // namespace dray::builder
