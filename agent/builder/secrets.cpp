// Secrets of the build host.
#include "builder/secrets.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <cctype>
#include <chrono>
#include <fstream>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto search_attempt = "cannot look for secrets in what is to be released";
constexpr auto search_timeout = std::chrono::minutes(10);

/// Of what was given as arguments, prints the files that hold one of the texts on its standard input.
constexpr auto search_script = R"(import bz2, gzip, lzma, os, sys, tarfile, zipfile, zlib

secrets = [bytes.fromhex(line) for line in sys.stdin.read().split()]
overlap = max(map(len, secrets)) - 1
piece_size = 1 << 20
deepest = 6  # a tar within gzip within a zip are three
left = 8 << 30  # bytes that are unpacked; more is a trap, or too much for any release
broken = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
          NotImplementedError, ValueError)
found = []

def report(name):
    for secret in secrets:
        name = name.replace(secret, b"***")
    found.append(name.decode(errors="replace"))

def holds(text):
    return any(secret in text for secret in secrets)

def content_holds(file, unpacked):
    global left
    window = b""
    while piece := file.read(piece_size):
        if unpacked:
            left -= len(piece)
            if left < 0:
                sys.exit("an archive unpacks to more than 8 GiB")
        window = window[-overlap:] + piece if overlap else piece
        if holds(window):
            return True
    return False

def members(file):
    """Of an archive the names, contents and whatever else there is to say; of anything else nothing."""
    start = file.read(512)
    file.seek(0)
    for magic, unpack in (b"\x1f\x8b", gzip.GzipFile), (b"BZh", bz2.BZ2File), (b"\xfd7zXZ\0", lzma.LZMAFile):
        if start.startswith(magic):
            yield b"", unpack(file, "rb") if unpack is not gzip.GzipFile else unpack(fileobj=file), b""
    if start.startswith(b"PK"):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                name = os.fsencode(member.filename)
                yield name, None if member.is_dir() else archive.open(member), member.comment
    if start[257:262] == b"ustar":
        with tarfile.open(fileobj=file, mode="r:", errors="surrogateescape") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                yield os.fsencode(member.name), content, os.fsencode(member.linkname)

def look(name, file, depth):
    before = len(found)
    inside = content_holds(file, depth > 0)
    if depth < deepest:
        try:
            file.seek(0)
            for part, content, more in members(file):
                path = name + b"/" + part if part else name
                if holds(part) or holds(more):
                    report(path)
                elif content:
                    with content:
                        look(path, content, depth + 1)
        except broken:
            pass  # no archive after all, or one that nobody can read
    if inside and len(found) == before:
        report(name)

def look_at(path, name):
    if holds(os.path.basename(name)) or os.path.islink(path) and holds(os.readlink(path)):
        report(name)
    elif os.path.isfile(path) and not os.path.islink(path):
        with open(path, "rb") as file:
            look(name, file, 0)

for place in map(os.fsencode, sys.argv[1:]):
    if not os.path.isdir(place):
        look_at(place, os.path.basename(place))
    for folder, folders, files in os.walk(place):
        for name in folders + files:
            path = os.path.join(folder, name)
            look_at(path, path[len(place):])
print(*sorted(set(found)), sep="\n")
)";

/// In hexadecimal, so that any bytes can be a line.
std::string read_secret(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    std::string secret = std::move(text).str();
    while (!secret.empty() && std::isspace(static_cast<unsigned char>(secret.back())) != 0)
        secret.pop_back();
    if (!in || secret.empty())
        throw Error(search_attempt, fmt::format("{} cannot be read", file),
                    "[host] secrets names files with one secret each");
    std::string line;
    for (const char c : secret)
        line += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return line + '\n';
}

}  // namespace

void refuse_secrets(const host::Processes& processes, const std::vector<fs::path>& places,
                    const std::vector<std::string>& secrets) {
    if (secrets.empty()) return;
    host::Command command{.argv = {"/usr/bin/python3", "-I", "-c", search_script}, .timeout = search_timeout};
    for (const std::string& file : secrets)
        command.input += read_secret(file);
    for (const fs::path& place : places)
        command.argv.push_back(place.string());
    std::istringstream found(processes.check(command, search_attempt).output);
    std::string lines;
    for (std::string name; std::getline(found, name);)
        if (!name.empty()) lines += "\n    " + name;
    if (!lines.empty())
        throw Error(
            "cannot release this", "these files hold a secret of the build host:" + lines,
            "[host] secrets names the files with secrets; one that has been pushed is known, change it");
}

}  // namespace dray::builder
