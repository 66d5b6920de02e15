// Secrets of the build host.
#include "builder/secrets.h"

#include "builder/confinement.h"
#include "builder/unsure.h"
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
constexpr auto search_timeout = std::chrono::minutes(15);  // it ends by itself after ten

/// Of what was given as arguments, prints the files that hold one of the texts on its standard input.
/// Of what was given as arguments, prints the files that hold one of the texts on its standard input, and
/// after an empty line those of which nobody can tell.
constexpr auto search_script =
    R"(import bz2, gzip, lzma, os, resource, signal, struct, sys, tarfile, tempfile, zipfile, zlib

secrets = [bytes.fromhex(line) for line in sys.stdin.read().split()]
overlap = max(map(len, secrets)) - 1
piece_size = 1 << 20
deepest = 6  # a tar within gzip within a zip are three
left = 8 << 30  # bytes that are unpacked; more is a trap, or too much for any release
most_members = 1 << 20
memory = 1 << 30  # an xz dictionary and a zip's directory are tens of MiB
seconds = 600
compressed = (b"\x1f\x8b", gzip.GzipFile), (b"BZh", bz2.BZ2File), (b"\xfd7zXZ\0", lzma.LZMAFile)
broken = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
          MemoryError, RuntimeError, NotImplementedError, LookupError, ValueError)
found, unknown = [], []
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
signal.signal(signal.SIGALRM, lambda *_: sys.exit("that takes more than ten minutes"))
signal.alarm(seconds)

def add(names, name):
    for secret in secrets:
        name = name.replace(secret, b"***")
    names.append(name.decode(errors="replace").replace("\n", "?"))

def holds(text):
    return any(secret in text for secret in secrets)

def spend(size):
    global left
    left -= size
    if left < 0:
        sys.exit("archives unpack to more than 8 GiB")

def count_member():
    global most_members
    most_members -= 1
    if most_members < 0:
        sys.exit("archives have more than a million members")

def content_holds(file, copy=None):
    window, inside = b"", False
    while piece := file.read1(piece_size):
        if copy:
            spend(len(piece))
            try:
                copy.write(piece)
            except OSError as error:  # of the disk, not of the archive
                sys.exit("cannot unpack it: " + error.strerror)
        if not inside:
            window = window[-overlap:] + piece if overlap else piece
            inside = holds(window)
    return inside

def look_unpacked(name, stream, depth):
    """Once: to go back in a stream is to unpack it again. Whether all of it was there, None without any."""
    with tempfile.TemporaryFile() as copy:
        whole = True
        try:
            inside = content_holds(stream, copy)
        except broken as error:
            if not copy.tell() and not isinstance(error, MemoryError):
                return None
            whole = False
            copy.seek(0)
            inside = content_holds(copy)
        look_into(name, copy, depth, inside)
        return whole

def look_at_members(name, file, depth):
    file.seek(0)
    start = file.read(512)
    for magic, unpack in compressed:
        if start.startswith(magic):
            file.seek(0)
            with unpack(fileobj=file) if unpack is gzip.GzipFile else unpack(file) as stream:
                if look_unpacked(name, stream, depth) is False:
                    add(unknown, name)
    if start[257:262] == b"ustar":
        file.seek(0)
        look_at_tar(name, file, depth)
    if zipfile.is_zipfile(file):  # which may begin with anything
        file.seek(0)
        look_at_zip(name, file, depth)

def look_at_tar(name, file, depth):
    with tarfile.open(fileobj=file, mode="r:", errors="surrogateescape") as archive:
        try:
            while (member := archive.next()) is not None:
                archive.members = []
                count_member()
                path = name + b"/" + os.fsencode(member.name)
                if holds(os.fsencode(member.name)) or holds(os.fsencode(member.linkname)):
                    add(found, path)
                elif member.isreg():
                    try:
                        with archive.extractfile(member) as content:
                            spend(member.size)
                            look_into(path, content, depth, content_holds(content))
                    except broken:
                        add(unknown, path)
        except broken:
            add(unknown, name)
        # After a header that makes no sense it says that there are no more.
        file.seek(archive.offset)
        if file.read(512).strip(b"\0"):
            add(unknown, name)

def look_at_zip(name, file, depth):
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        return
    with archive:
        for member in archive.infolist():
            count_member()
            path = name + b"/" + os.fsencode(member.filename)
            if holds(os.fsencode(member.filename)) or holds(member.comment):
                add(found, path)
            elif not member.is_dir():
                try:
                    with archive.open(member) as content:
                        whole = look_unpacked(path, content, depth)
                except broken:
                    whole = False
                if not whole:
                    add(unknown, path)

def look_into(name, file, depth, inside):
    before = len(found)
    if depth < deepest:
        try:
            look_at_members(name, file, depth + 1)
        except MemoryError:
            add(unknown, name)
        except broken:
            pass  # no archive after all
    if inside and len(found) == before:
        add(found, name)

def look_at(path, name):
    if holds(os.path.basename(name)) or os.path.islink(path) and holds(os.readlink(path)):
        add(found, name)
    elif os.path.isfile(path) and not os.path.islink(path):
        with open(path, "rb") as file:
            look_into(name, file, 0, content_holds(file))

def fail(error):
    raise error

for place in map(os.fsencode, sys.argv[1:]):
    if not os.path.isdir(place):
        look_at(place, os.path.basename(place))
        continue
    for folder, folders, files in os.walk(place, onerror=fail):
        for name in folders + files:
            path = os.path.join(folder, name)
            look_at(path, path[len(place):])
print(*sorted(set(found)), "", *sorted(set(unknown)), sep="\n")
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

void refuse_secrets(const host::Processes& processes, const Settings& settings, const fs::path& scratch,
                    const std::vector<fs::path>& places) {
    const std::vector<std::string>& secrets = settings.host.secrets;
    if (secrets.empty()) return;
    const fs::path unpacked = scratch / "searched";
    Confinement confinement = build_confinement(settings).with_lent(unpacked);
    host::Command command{.argv = {"/usr/bin/python3", "-I", "-c", search_script},
                          .environment = {{"TMPDIR", unpacked.string()}},
                          .timeout = search_timeout};
    for (const std::string& file : secrets)
        nobodys_fault([&] { command.input += read_secret(file); });
    for (const fs::path& place : places) {
        command.argv.push_back(place.string());
        confinement = confinement.with(place);
    }
    lend(unpacked, confinement);
    std::istringstream said(processes.check(confined(command, confinement), search_attempt).output);
    std::string found;
    std::string unknown;
    std::string* lines = &found;
    for (std::string name; std::getline(said, name);)
        if (name.empty())
            lines = &unknown;
        else
            *lines += "\n    " + name;
    if (!found.empty())
        throw Error(
            "cannot release this", "these files hold a secret of the build host:" + found,
            "[host] secrets names the files with secrets; one that has been pushed is known, change it");
    if (!unknown.empty())
        throw Error(
            "cannot release this", "whether these hold a secret of the build host nobody can tell:" + unknown,
            "they are archives that are damaged, encrypted or too large: leave them out, or repair them");
}

}  // namespace dray::builder
