// One suite of an apt repository on disk.
#include "builder/apt_suite.h"

#include "builder/compressed.h"
#include "builder/dates.h"
#include "builder/durable.h"
#include "builder/signer.h"
#include "digest.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <set>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto pieces_name = "Packages.pieces";
constexpr auto unfinished = ".new";
constexpr auto shown_mark = ".shown";  // a suite without its link is a lost one, and no new one
// apt refuses a Release from more than ten seconds in the future (apt.conf(5), Max-FutureTime).
constexpr auto longest_wait = std::chrono::seconds(5);

std::optional<std::string> read(const fs::path& file) {
    std::error_code error;
    std::string text;
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    const auto size = fs::file_size(file, error);
    if (error) return {};
    text.resize(size);
    in.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

std::optional<int> number(const std::string& name) {
    int value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc{} || end != name.data() + name.size() || value < 0) return {};
    return value;
}

void link_or_copy(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_hard_link(from, to, error);
    if (!error) return;
    fs::copy_file(from, to);
    sync_path(to);
}

/// A folder that is removed again unless it was renamed.
class Unfinished {
  public:
    explicit Unfinished(fs::path folder) : folder_(std::move(folder)) {
        fs::create_directory(folder_);
        fs::permissions(folder_, fs::perms(0755));  // whatever the umask is
    }
    ~Unfinished() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

  private:
    fs::path folder_;
};

}  // namespace

AptSuite::AptSuite(const host::Processes& processes, const host::Clock& clock,
                   const Settings::Publish& settings, std::string name,
                   std::function<void(const std::string&)> say)
    : processes_(processes),
      clock_(clock),
      settings_(settings),
      name_(std::move(name)),
      say_(std::move(say)),
      link_(settings.apt / "dists" / name_),
      all_(settings.apt / "generations" / name_),
      by_hash_(settings.apt / "by-hash/SHA256") {}

fs::path AptSuite::folder(int generation) const {
    return all_ / std::to_string(generation);
}

std::optional<Release> AptSuite::release() const {
    const auto text = read(link_ / "InRelease");
    if (!text) return {};
    return Release::parse(*text);
}

int AptSuite::current() const {
    std::error_code error;
    const fs::path target = fs::read_symlink(link_, error);
    return error ? 0 : number(target.filename().string()).value_or(0);
}

std::vector<int> AptSuite::generations() const {
    std::vector<int> all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(all_, error))
        if (const auto generation = number(entry.path().filename().string())) all.push_back(*generation);
    std::sort(all.begin(), all.end());
    return all;
}

bool AptSuite::was_shown() const {
    // Of repositories older than the mark: a run that died before it showed the first generation leaves one.
    return fs::exists(all_ / shown_mark) || generations().size() > 1 ||
           fs::is_symlink(fs::symlink_status(link_));
}

void AptSuite::refuse_lost() const {
    if (!was_shown()) return;
    const std::vector<int> all = generations();
    throw Error(fmt::format("cannot change the suite {} of {}", name_, settings_.apt.string()),
                fmt::format("{} does not lead to a generation with an InRelease", link_.string()),
                all.empty()
                    ? "bring its generations back from a backup"
                    : fmt::format("dray-build repoint --to {} {} shows the newest of its generations again",
                                  name_, all.back()));
}

std::optional<std::chrono::sys_seconds> AptSuite::last_date() const {
    if (const auto shown = release()) return shown->date;
    std::optional<std::chrono::sys_seconds> last;
    for (const int generation : generations())
        if (const auto text = read(folder(generation) / "Release"))
            last = std::max(last, std::optional(Release::parse(*text).date));
    return last;
}

PackedText AptSuite::read_index(const fs::path& suite, const Release& release,
                                const std::string& index) const {
    const auto listed = [&](const char* name, const std::string& bytes) {
        const auto found = release.files.find(fmt::format("{}/{}", index, name));
        return found != release.files.end() && sha256(bytes) == found->second.sha256;
    };
    const fs::path folder = suite / index;
    // What the compressed file unpacks to is what it was made of: its hash is enough, and a sixth of the
    // work.
    for (const char* name : {"Packages.zst", "Packages.gz"}) {
        if (!release.files.contains(fmt::format("{}/{}", index, name))) continue;
        auto bytes = read(folder / name);
        if (!bytes) continue;
        if (!listed(name, *bytes))
            throw Error(
                fmt::format("cannot change the repository {}", settings_.apt.string()),
                fmt::format("{} is not the one that the signed Release lists", (folder / name).string()),
                "if another tool writes there, give it a folder of its own");
        PackedWriter anew;
        const auto take = [&](std::string_view part) { anew.append(part); };
        if (name == std::string_view("Packages.gz")) {
            decompress_gzip(*bytes, take);
            return anew.finish();
        }
        auto gzip = read(folder / "Packages.gz").value_or(std::string());
        if (const auto table = read(folder / pieces_name); table && listed("Packages.gz", gzip))
            if (auto packed = PackedText::of_files(std::move(gzip), *bytes, *table))
                return *std::move(packed);
        decompress_zstd(*bytes, take);
        return anew.finish();
    }
    if (!release.files.contains(index + "/Packages")) return {};
    throw Error(fmt::format("cannot change the repository {}", settings_.apt.string()),
                fmt::format("{} is missing", (suite / index / "Packages.zst").string()),
                "if another tool writes there, give it a folder of its own");
}

SuiteContent AptSuite::content_of(const fs::path& suite, const Release& release) const {
    SuiteContent content{release.architectures, release.components, {}};
    for (const std::string& component : content.components)
        for (const std::string& architecture : content.architectures) {
            const std::string index = fmt::format("{}/binary-{}", component, architecture);
            content.packages[index] = read_index(suite, release, index);
        }
    return content;
}

SuiteContent AptSuite::content() const {
    const auto signed_release = release();
    if (!signed_release) {
        refuse_lost();
        return {};
    }
    return content_of(link_, *signed_release);
}

SuiteContent AptSuite::content_of(int generation) const {
    const auto text = read(folder(generation) / "Release");
    if (!text)
        throw Error(fmt::format("cannot show generation {} of {}", generation, name_),
                    "it is not kept any more");
    return content_of(folder(generation), Release::parse(*text));
}

std::chrono::sys_seconds AptSuite::next_date() const {
    using std::chrono::seconds;
    const auto now = [&] { return std::chrono::floor<seconds>(clock_.now()); };
    const auto before = last_date();
    if (!before) return now();
    const auto earliest = *before + seconds(1);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(earliest - clock_.now());
    if (wait > std::chrono::milliseconds(0) && wait <= longest_wait) clock_.sleep(wait);
    // A clock that went back: hosts would take an older date for a replay of an old repository.
    if (wait > longest_wait && say_)
        say_(fmt::format(
            "note: the clock is {} s behind the suite {}, which is dated {}: this build host's clock went "
            "back, or another's was ahead; hosts take no Release whose date has not come yet",
            std::chrono::ceil<seconds>(wait).count(), name_, release_date(*before)));
    return std::max(now(), earliest);
}

void AptSuite::adopt_plain_folder() const {
    if (!fs::is_directory(fs::symlink_status(link_))) return;
    // Whoever holds an InRelease of that folder still asks for these, by the strongest hash that it has.
    // aptly keeps links among them, by the names of the indices.
    for (const auto& entry : fs::recursive_directory_iterator(link_)) {
        const fs::path hash = entry.path().parent_path();
        if (hash.parent_path().filename() == "by-hash" && !entry.is_symlink() && entry.is_regular_file())
            place_file(entry.path(), by_hash_.parent_path() / hash.filename() / entry.path().filename(),
                       true);
    }
}

void AptSuite::remove_unfinished() const {
    std::error_code ignored;
    fs::remove_all(all_ / unfinished, ignored);
    const int shown = current();
    if (shown == 0 && was_shown()) return;  // what is not shown now may be all that there is
    for (const int generation : generations())
        if (generation > shown) fs::remove_all(folder(generation), ignored);
}

AptSuite::Index AptSuite::make_index(const std::string& folder, const PackedText& text, Release& release) {
    Index index{folder, text.table(), {}};
    release.files[folder + "/Packages"] = {text.sha256(), text.size()};
    for (const auto& [name, parts] :
         {std::pair{"Packages.gz", text.gzip()}, std::pair{"Packages.zst", text.zstd()}}) {
        Sha256 whole;
        std::uint64_t size = 0;
        for (const std::string_view part : parts) {
            whole.add(part);
            size += part.size();
        }
        const std::string digest = whole.take();
        release.files[fmt::format("{}/{}", folder, name)] = {digest, size};
        index.forms.push_back({name, digest, parts});
    }
    return index;
}

void AptSuite::write_index(const fs::path& made, const Index& index, PlacedFiles& placed) const {
    const fs::path folder = made / index.folder;
    fs::create_directories(folder);
    for (const auto& [name, digest, parts] : index.forms) {
        placed.put(by_hash_ / digest, parts);
        link_or_copy(by_hash_ / digest, folder / name);
    }
    write_new(folder / pieces_name, index.pieces);
    fs::create_directory_symlink("../../../../../by-hash", folder / "by-hash");
    sync_path(folder);
    sync_path(folder.parent_path());
}

int AptSuite::stage(const SuiteContent& content) {
    Release release{.origin = settings_.origin,
                    .suite = name_,
                    .architectures = content.architectures,
                    .components = content.components,
                    .files = {}};
    std::vector<Index> indices;
    for (const auto& [folder, text] : content.packages)
        indices.push_back(make_index(folder, text, release));
    release.date = next_date();
    release.valid_until = release.date + settings_.valid_for;
    const std::string text = release.text();
    const SignedRelease both = sign_release(processes_, settings_, text);

    make_folders(all_);
    make_folders(by_hash_);
    adopt_plain_folder();
    remove_unfinished();
    const std::vector<int> before = generations();
    const int generation = (before.empty() ? 0 : before.back()) + 1;
    PlacedFiles placed;
    const fs::path made = all_ / unfinished;
    const Unfinished guard(made);
    for (const Index& index : indices)
        write_index(made, index, placed);
    // The second in which a file was changed is what a web server tells its versions apart by.
    write_new(made / "Release", text, release.date);
    write_new(made / "Release.gpg", both.signature, release.date);
    write_new(made / "InRelease", both.in_release, release.date);
    sync_path(made);
    if (::rename(made.c_str(), folder(generation).c_str()) != 0)
        throw Error::system(fmt::format("cannot stage {}", folder(generation).string()), errno);
    placed.keep();
    sync_path(all_);
    return generation;
}

void AptSuite::flip(int generation) {
    flip_link(link_, fs::path("../generations") / name_ / std::to_string(generation), all_ / "0");
    if (fs::exists(all_ / shown_mark)) return;
    write_new(all_ / shown_mark, {});
    sync_path(all_);
}

int AptSuite::collect() {
    // A folder whose taking over was cut off names indices as well, whichever suite's it is.
    std::error_code none;
    for (const auto& suite : fs::directory_iterator(all_.parent_path(), none))
        finish_flip(link_.parent_path() / suite.path().filename(), suite.path() / "0");
    const std::vector<int> all = generations();
    const int shown = current();
    const auto limit = std::chrono::floor<std::chrono::seconds>(clock_.now()) - settings_.keep_for;
    std::set<std::string> wanted;
    std::vector<int> old;
    const auto release_of = [&](int generation) -> std::optional<Release> {
        const auto text = read(folder(generation) / "Release");
        return text ? std::optional(Release::parse(*text)) : std::nullopt;
    };
    // One is replaced at the moment from which the next one is: of a folder that was taken over, the first
    // that is younger.
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto next = i + 1 < all.size() ? release_of(all[i + 1]) : std::nullopt;
        if (const auto own = all[i] == 0 ? release_of(0) : std::nullopt)
            for (std::size_t later = i + 2; next && next->date <= own->date; ++later)
                next = later < all.size() ? release_of(all[later]) : std::nullopt;
        if (all[i] < shown && next && next->date < limit) old.push_back(all[i]);
    }
    if (old.empty()) return 0;
    // Indices are shared by all suites.
    for (const auto& suite : fs::directory_iterator(all_.parent_path()))
        for (const auto& entry : fs::directory_iterator(suite)) {
            const auto generation = number(entry.path().filename().string());
            const bool removed = suite.path() == all_ && generation &&
                                 std::find(old.begin(), old.end(), *generation) != old.end();
            if (removed) continue;
            if (const auto text = read(entry.path() / "Release"))
                for (const auto& [path, file] : Release::parse(*text).files)
                    wanted.insert(file.sha256);
        }
    std::error_code ignored;  // what cannot be removed now is removed next time
    for (const int generation : old)
        fs::remove_all(folder(generation), ignored);
    bool taken_over = false;  // and not long ago
    for (const auto& suite : fs::directory_iterator(all_.parent_path()))
        taken_over = taken_over || fs::exists(suite.path() / "0");
    if (!taken_over)  // other hashes are of such folders alone
        for (const auto& hash : fs::directory_iterator(by_hash_.parent_path()))
            if (hash.path() != by_hash_) fs::remove_all(hash.path(), ignored);
    for (const auto& entry : fs::directory_iterator(by_hash_))
        if (!wanted.contains(entry.path().filename().string())) fs::remove(entry.path(), ignored);
    return static_cast<int>(old.size());
}

}  // namespace dray::builder
