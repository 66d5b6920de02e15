// Unit files and calendar expressions are judged by the systemd of the machine that the tests run on.
#include "host/systemd_verify.h"

#include "error.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>

using dray::host::next_elapse;
using dray::host::SystemProcesses;
using dray::host::UnitFile;
using dray::host::UnitVerdict;

namespace {

bool has_systemd() {
    return std::filesystem::exists("/usr/bin/systemd-analyze");
}

UnitVerdict verdict(const std::vector<UnitFile>& files) {
    const dray::test::TemporaryFolder folder;
    auto found = dray::host::verify_units(SystemProcesses(), folder.path(), files);
    CHECK(std::filesystem::is_empty(folder.path()));
    return found;
}

std::string errors(const std::string& unit, const std::string& text, const std::string& dropin = "") {
    std::string all;
    for (const auto& error : verdict({{unit, dropin, text}}).errors)
        all += error + "\n";
    return all;
}

}  // namespace

TEST_CASE("systemd finds what is wrong with a unit file, in its own words and by its own name" *
          doctest::skip(!has_systemd())) {
    CHECK(errors("dray-x.service", "[Service]\nExecStart=/bin/true\n") == "");
    CHECK(errors("dray-x.service", "[Service]\nExecStart=/bin/true\nBogus=1\n")
              .find("dray-x.service:3: Unknown key") == 0);
    CHECK(errors("dray-x.service", "[Service]\nType=notify\n").find("has no ExecStart=") !=
          std::string::npos);
    CHECK(errors("dray-x.service", "ExecStart=/bin/true\n").find("outside of section") != std::string::npos);
    CHECK(errors("dray-x.timer", "[Timer]\nOnCalendar=dayly\n").find("dayly") != std::string::npos);
}

TEST_CASE("programs and services that may come later are no fault of a unit file" *
          doctest::skip(!has_systemd())) {
    CHECK(errors("dray-x.service", "[Unit]\nAfter=none.service\n[Service]\nExecStart=/opt/later/x\n") == "");
    CHECK(errors("dray-x.service", "[Service]\nExecStart=/opt/later/x\nBogus=1\n") != "");
    CHECK(errors("dray-x.socket", "[Socket]\nListenStream=/run/x\n") == "");
}

TEST_CASE("templates and drop-ins are judged as the units that they make" * doctest::skip(!has_systemd())) {
    CHECK(errors("dray-x@.service", "[Service]\nExecStart=/bin/true %i\n") == "");
    CHECK(errors("dray-x@.service", "[Service]\nExecStart=/bin/true %i\nBogus=1\n") != "");
    CHECK(errors("dray-x.service", "[Service]\nLimitNOFILE=4096\n", "limits.conf") == "");
    CHECK(errors("dray-x.service", "[Service]\nLimitNOFIL=4096\n", "limits.conf")
              .find("dray-x.service.d/limits.conf:2") == 0);
    CHECK(errors("dray-x@.service", "[Service]\nLimitNOFIL=4096\n", "limits.conf") != "");
    CHECK(errors("dray-x@.service", "[Service]\nLimitNOFILE=4096\n", "limits.conf") == "");
    CHECK(errors("sysinit.target", "[Unit]\nDescription=x\n", "x.conf") == "");
}

TEST_CASE("files that belong together are judged together" * doctest::skip(!has_systemd())) {
    const UnitFile service{"dray-x.service", "", "[Service]\nType=oneshot\nExecStart=/bin/true\n"};
    CHECK(verdict({service, {"dray-x.timer", "", "[Timer]\nOnCalendar=daily\n"}}).errors.empty());
    CHECK(verdict({service, {"dray-x.timer", "", "[Timer]\n"}}).errors.size() > 0);
}

TEST_CASE("a calendar expression tells when it is due" * doctest::skip(!has_systemd())) {
    const SystemProcesses processes;
    CHECK(next_elapse(processes, "2099-01-02 03:04:05 UTC").find("2099-01-02 03:04:05 UTC") !=
          std::string::npos);
    CHECK(next_elapse(processes, "1999-01-01") == "never");
    CHECK_THROWS_AS(next_elapse(processes, "dayly"), dray::Error);
    CHECK_THROWS_AS(next_elapse(processes, ""), dray::Error);
    CHECK_THROWS_AS(next_elapse(processes, "--help"), dray::Error);
}
