// The floor of each look into apt: what asking libapt's ready cache for one package's candidate costs.
//
// usage: apt-candidate PACKAGE
#include <apt-pkg/cachefile.h>
#include <apt-pkg/error.h>
#include <apt-pkg/init.h>
#include <apt-pkg/pkgsystem.h>
#include <apt-pkg/policy.h>

#include <cstdio>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: apt-candidate PACKAGE\n", stderr);
        return 64;
    }
    const auto failed = [] {
        _error->DumpErrors();
        return 1;
    };
    if (!pkgInitConfig(*_config) || !pkgInitSystem(*_config, _system)) return failed();
    pkgCacheFile cache;  // looks at the configuration
    if (!cache.BuildCaches(nullptr, false) || !cache.BuildPolicy(nullptr)) return failed();
    const auto package = cache.GetPkgCache()->FindPkg(argv[1]);
    if (package.end()) return 1;
    const auto candidate = cache.GetPolicy()->GetCandidateVer(package);
    std::puts(candidate.end() ? "none" : candidate.VerStr());
    return 0;
}
