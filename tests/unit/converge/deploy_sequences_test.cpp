// Deploys in sequences of chance: what has to hold whatever happens to a host, and in which order.
#include "converge/deploying.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

using dray::converge::DeployState;
using dray::test::Deploying;
using dray::test::Killed;
using Behaviour = Deploying::Behaviour;

namespace {

constexpr int steps_of_sequence = 25;
constexpr int runs_to_heal = 3;  // one that goes on, one that takes back, one that takes the good release

unsigned long number_from(const char* variable, unsigned long otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr && *text != '\0' ? std::strtoul(text, nullptr, 10) : otherwise;
}

/// A host to which things happen by chance, each told in `story`.
class Fate {
  public:
    explicit Fate(unsigned long seed) : chance_(seed) {
        if (one_of(2) == 0) world_.gates += "strategy = \"side-by-side\"\n";
        configure("good");
        publish(Behaviour::good);
        converge("converge");
    }

    void step() {
        switch (one_of(14)) {
            case 0:
            case 1:
                return publish(Behaviour::good);
            case 2:
                return publish(static_cast<Behaviour>(1 + one_of(5)));
            case 3:
                return configure(one_of(3) == 0 ? "bad" : "good" + std::to_string(one_of(3)));
            case 4:
                world_.host.memory.apt.cut_network(cut_ = !cut_);
                return tell(cut_ ? "network down" : "network up");
            case 5:
                world_.database = !world_.database;
                return tell(world_.database ? "database up" : "database down");
            case 6:
                return roll_back_by_hand();
            case 7:
            case 8:
                return converge_killed();
            case 9:
                world_.host.memory.apt.clean_archives();
                return tell("apt-get clean");
            case 10:
                world_.host.memory.apt.remove_version("web", version());
                return tell("withdraw " + version());
            default:
                return converge("converge");
        }
    }

    /// Once all is well around it, a good release gets through whatever was before.
    void heal() {
        world_.host.memory.apt.cut_network(cut_ = false);
        world_.database = true;
        configure("good");
        publish(Behaviour::good);
        for (int run = 0; run < runs_to_heal; ++run)
            converge("converge");
        CHECK(world_.served() == version());
        const int changes = world_.host.memory.changes();
        converge("converge");
        CHECK(world_.host.memory.changes() == changes);
    }

    std::string story;

  private:
    int one_of(int count) { return std::uniform_int_distribution<>(0, count - 1)(chance_); }
    void tell(const std::string& what) { story += what + "; "; }
    std::string version() const { return "1." + std::to_string(newest_); }

    void publish(Behaviour behaviour) {
        ++newest_;
        if (behaviour != Behaviour::good) bad_.insert(version());
        const std::string depends = one_of(2) == 0 ? "needed-by-" + version() : "";
        world_.release(version(), behaviour, "", depends);
        tell("publish " + version() + (behaviour == Behaviour::good ? "" : " (bad)") +
             (depends.empty() ? "" : " with a dependency"));
    }

    void configure(const std::string& text) {
        configuration_ = text;
        world_.configure(text);
        tell("configure " + text);
    }

    void roll_back_by_hand() {
        world_.host.rollback = dray::converge::RollbackWish{"web", "", "by chance"};
        converge("rollback");
        world_.host.rollback.reset();
    }

    void converge_killed() {
        const int last = one_of(40);
        int seen = 0;
        world_.host.memory.instants.on_each([&](const std::string& what) {
            if (seen++ != last) return;
            tell("kill before " + what);
            throw Killed{};
        });
        try {
            converge("converge");
        } catch (const Killed&) {
            killed_ = true;
        }
        world_.host.memory.instants.on_each({});
    }

    void converge(const std::string& what) {
        tell(what);
        const auto before = world_.installed();
        const auto known = book().quarantine.size();
        const auto run = world_.converge();
        tell("= " + dray::test::chain(run));
        check(run, before, known);
        killed_ = false;
    }

    dray::converge::DeployBook book() {
        bool corrupt = false;
        auto book = dray::converge::read_deploys(world_.host.memory.files, "/var/lib/dray", "web", corrupt);
        CHECK_FALSE(corrupt);
        return book;
    }

    /// What holds after each run that came to its end; `known` entries of the quarantine are older than it.
    void check(const dray::converge::Run& run, const std::string& before, std::size_t known) {
        CHECK_FALSE(world_.host.memory.apt.needs_repair());
        for (const auto& deploy : run.deploys)
            CHECK(std::ranges::count(deploy.passages, DeployState::rolling_back,
                                     &dray::converge::Passage::state) <= 1);
        const auto now = book();
        for (const auto& past : now.history)
            if (past.passages.back().state == DeployState::committed)
                CHECK(past.passages.at(past.passages.size() - 2).state == DeployState::verified);
        const auto installed = world_.installed();
        for (const auto& entry : now.quarantine)  // what was taken back is not brought back
            if (entry.pinned && before != entry.target.version) CHECK(installed != entry.target.version);
        // A release is blamed for what is its own fault. A run that goes on from a killed one judges by what
        // was the case then.
        if (!killed_ && now.quarantine.size() > known) {
            const auto& entry = now.quarantine.back();
            if (!entry.reason.starts_with("rolled back by hand")) {
                CHECK(world_.database);
                CHECK((bad_.contains(entry.target.version) || configuration_ == "bad"));
            }
        }
        if (!now.current && !run.deploys.empty() &&
            run.deploys[0].end == dray::converge::DeployEnd::committed)
            CHECK(now.committed->version == installed);
        if (now.committed && !now.current && installed == now.committed->version) {
            const auto* kept = now.kept_version(installed);
            REQUIRE(kept != nullptr);
            CHECK(world_.host.memory.files.exists("/var/lib/dray/deploys/web/packages/" + kept->file));
            CHECK(world_.copies().size() <= 3);  // the one that runs, the one before, and the link
        }
    }

    Deploying world_;
    std::mt19937 chance_;
    std::set<std::string> bad_;
    std::string configuration_ = "good";
    int newest_ = 0;
    bool cut_ = false;
    bool killed_ = false;  ///< the last run was
};

}  // namespace

TEST_CASE("whatever happens and in which order, what a deploy promises holds") {
    const auto first = number_from("DRAY_TEST_SEED", std::random_device{}());
    const auto sequences = number_from("DRAY_TEST_SEQUENCES", 25);
    for (unsigned long seed = first; seed < first + sequences; ++seed) {
        Fate fate(seed);
        INFO("DRAY_TEST_SEED=", seed, ": ", fate.story);
        for (int step = 0; step < steps_of_sequence; ++step)
            fate.step();
        fate.heal();
    }
    MESSAGE(sequences, " sequences from DRAY_TEST_SEED=", first);
}
