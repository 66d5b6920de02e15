// A template of any bytes is rendered, or refused with a place; what may be shown never holds a secret.
#include "recipe/template.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dray;
    const auto text = fuzz::text(data, size);
    const std::string secret = "hunter2-the-value-of-a-secret";
    auto attributes = fuzz::attributes();
    attributes["password"] = SecretReference{.name = "/etc/dray/secrets/password"};
    const recipe::Renderer renderer({.attributes = attributes,
                                     .facts = fuzz::facts(),
                                     .package_version = [](const std::string&) { return "1:26.11.3-1"; },
                                     .secret = [&](const SecretReference&) { return Secret(secret); }});
    const Location start{"template", 1};
    recipe::packages_named(text);
    bool renders = false;
    try {
        const auto rendered = renderer.render(text, start);
        renders = true;
        const bool holds = rendered.text.find(secret) != std::string::npos;
        fuzz::hold(!holds || !rendered.secrets.empty() || text.find(secret) != std::string::npos,
                   "a text says which secrets are in it");
    } catch (const Error& error) {
        fuzz::hold(error.parts().location.line > 0, "an error has a line");
    }
    try {
        const auto shown = renderer.render_shown(text, start);
        fuzz::hold(renders, "what is shown can be rendered");
        fuzz::hold(shown.find(secret) == std::string::npos || text.find(secret) != std::string::npos,
                   "what is shown holds no secret");
    } catch (const Error&) {
        return 0;  // as above, or it names a secret
    }
    return 0;
}
