// The resource type `http_check`.
#pragma once

#include "recipe/schema.h"
#include "resources/patience.h"
#include "resources/resource.h"

namespace dray::resources {

/// A web server that answers as it should, within some time.
class HttpCheck final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that is no http or https URL, and for headers that cannot be sent.
    explicit HttpCheck(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    /// Asks again and again until the answer is right or the time is over.
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    bool is_check() const override { return true; }

  private:
    /// "as expected", or what is wrong with the answer.
    std::string ask(const host::Host& host) const;
    std::string judge(const host::HttpResponse& response) const;

    host::HttpRequest request_;
    std::int64_t status_;
    std::string body_;
    Value::Table json_;
    Patience patience_;
};

}  // namespace dray::resources
