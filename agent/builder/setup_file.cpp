// A project without [project] in its pyproject.toml.
#include "builder/setup_file.h"

#include "builder/confinement.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>

namespace dray::builder {
namespace {

constexpr auto setup_file_timeout = std::chrono::minutes(1);

/// Positions of the syntax tree count bytes of UTF-8 in lines that end as Python's do; all other bytes stay.
constexpr auto write_version_script = R"(import ast, io, os, re, sys, tokenize

folder, version = sys.argv[1:]

def read(name):
    path = os.path.join(folder, name)
    if not os.path.isfile(path) or os.path.islink(path):
        return b""
    with open(path, "rb") as file:
        return file.read()

def write(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)

def is_setup(function):
    return getattr(function, "id", getattr(function, "attr", None)) == "setup"

def patch_program(data):
    encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    text = data.decode(encoding)
    lines = [line.encode() for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)]
    values = [keyword.value for call in ast.walk(ast.parse(text))
              if isinstance(call, ast.Call) and is_setup(call.func)
              for keyword in call.keywords if keyword.arg == "version"]
    for value in sorted(values, key=lambda value: (value.lineno, value.col_offset), reverse=True):
        first, last = value.lineno - 1, value.end_lineno - 1
        lines[first:last + 1] = [lines[first][:value.col_offset] + repr(version).encode() +
                                 lines[last][value.end_col_offset:]]
    return b"".join(lines).decode().encode(encoding)

def patch_settings(data):
    lines, section, within = [], b"", False
    for line in data.splitlines(keepends=True):
        if header := re.match(rb"\[([^\]]+)\]", line):
            section, within = header[1], False
        elif section == b"metadata" and re.match(rb"(?i)version\s*[=:]", line):
            within = True
            lines.append(b"version = %s\n" % version.encode())
            continue
        elif not line[:1].isspace() or not line.strip():
            within = False
        if not within:
            lines.append(line)
    return b"".join(lines)

try:
    for name, patch in (("setup.py", patch_program), ("setup.cfg", patch_settings)):
        before = read(name)
        after = patch(before)
        if after != before:
            write(name, after)
except (SyntaxError, ValueError) as error:
    sys.exit(f"dray-build: {name}: {error}")
)";

}  // namespace

void write_setup_version(const host::Processes& processes, const Settings& settings,
                         const Interpreter& interpreter, const std::filesystem::path& folder,
                         const std::string& version) {
    const Confinement confinement = build_confinement(settings).with_lent(folder);
    lend(folder, confinement);
    processes.check(confined({.argv = {interpreter.tools.string(), "-I", "-c", write_version_script,
                                       folder.string(), version},
                              .environment = {{"LC_ALL", "C.UTF-8"}},
                              .directory = folder,
                              .timeout = setup_file_timeout},
                             confinement),
                    fmt::format("cannot write version {} into setup.py", version));
}

}  // namespace dray::builder
