// The Debian package of a service.
#pragma once

#include "builder/build_root.h"
#include "builder/distributions.h"
#include "builder/package_tree.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// The fields of a binary package's control file (Debian Policy 5.3).
struct Control {
    std::string package;
    std::string version;
    std::string architecture;
    std::string maintainer;
    std::uint64_t installed_size = 0;  ///< KiB
    std::vector<std::string> depends;
    std::string section = "python";    ///< of the archive (Debian Policy 2.4)
    std::string schema_floor;          ///< the oldest version that runs on this one's database; may be empty
    std::string description;           ///< the one line
    std::vector<std::string> details;  ///< lines of the long description
};

/// What stands in a package's DEBIAN folder beside its checksums; texts that are empty are left out.
struct ControlFiles {
    Control control;
    std::string conffiles;
    std::string postinst;
    std::string prerm;
};

/// The folder of that name in a repository that was exported. Throws Error when there is none, or when a part
/// of its path is a symbolic link: who may push does not say which of the build host's files are packed.
std::filesystem::path folder_in(const std::filesystem::path& repository, const std::filesystem::path& name);

/// Copies a folder into the folder `to` of a package's tree, its links as links. Throws Error when it has a
/// folder DEBIAN, or one of its files is in the tree already, or a link in the tree would lead it elsewhere.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& tree,
               const std::filesystem::path& to = {});

/// Throws Error when a part of the path `name` in the tree is a symbolic link: what is written there would be
/// written somewhere on the build host.
void refuse_link_at(const std::filesystem::path& tree, const std::filesystem::path& name);

/// Writes the changelog, of the package for `root`, and the copyright below usr/share/doc.
void write_documents(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                     const Source& source, const Products& products, const std::filesystem::path& tree,
                     const std::string& copyright);

/// Packs the tree into `folder`, with the time of the commit on everything; the same tree gives the same
/// bytes. Returns the file's name.
std::string pack_deb(const host::Processes& processes, const std::filesystem::path& tree,
                     const TreeContent& content, const ControlFiles& files, std::chrono::sys_seconds time,
                     const std::filesystem::path& folder);

/// The text of DEBIAN/control.
std::string control_text(const Control& control);

/// The postinst script: byte-compiles the environment for its final path. The bytes are never checked against
/// their sources (PEP 552, unchecked hash), as dpkg alone changes them. Of an upgrade only what has changed
/// is compiled, and what is of no source any more goes.
std::string postinst_text(const std::filesystem::path& prefix, const std::string& site_packages,
                          const std::string& more = {});

/// The prerm script: when the package goes, removes all byte code, so that dpkg leaves nothing behind.
std::string prerm_text(const std::filesystem::path& prefix);

/// What lintian(1) is to leave unsaid of the package, as its file in /usr/share/lintian/overrides. It knows
/// Debian's own packages only: Policy (9.1) leaves /opt, /srv and /usr/local to others, which this is, a
/// virtual environment has extensions and sources in one folder, and wheels bring libraries along as somebody
/// else has built them.
std::string lintian_overrides(const std::string& package, const std::filesystem::path& prefix);

/// changelog (Debian Policy 4.4) with one entry.
std::string changelog_text(const std::string& package, const std::string& version, const std::string& suite,
                           const std::vector<std::string>& changes, const std::string& maintainer,
                           std::chrono::sys_seconds time);

/// Name, copyright holder and licence out of a distribution's METADATA (core metadata specification), as
/// lines of debian/copyright.
std::string licence_paragraph(const std::string& metadata);

/// What dpkg-shlibdeps(1) answered with -O, as single dependencies.
std::vector<std::string> parse_shlibdeps(const std::string& text);

/// Packs the tree, in which the environment of `root` stands at its prefix, into `products.folder`, and
/// returns what was made. With it go what `source` has in [deb] overlay and recipe, the changelog, the
/// copyright and a bill of materials. Throws Error when a RECORD is not true, when a file names a path of
/// this build or holds a secret of the host, or a dpkg tool fails.
BuiltPackage build_deb(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Source& source,
                       const std::filesystem::path& scratch, const std::filesystem::path& tree,
                       const Products& products);

/// Unpacks the package and imports what it is for, at its final path in `root`, confined. Throws Error when
/// it cannot be imported there, and when it is not known what to import.
void smoke_test(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                const Interpreter& interpreter, const std::filesystem::path& scratch,
                const std::filesystem::path& deb);

/// What to tell a person when lintian(1) is wanted and is not installed; else "".
std::string lintian_note(const Settings& settings);

/// Runs lintian(1) over the package where it is installed. Throws Error with the errors that it finds.
void run_lintian(const host::Processes& processes, const Settings& settings,
                 const std::filesystem::path& scratch, const std::filesystem::path& deb);

}  // namespace dray::builder
