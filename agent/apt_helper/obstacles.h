// Why the short way cannot be taken to a repository.
#pragma once

#include <string>
#include <vector>

namespace dray::apt_helper {

/// What in apt's configuration, or in this process's environment, the short way does not understand: a proxy,
/// a client certificate, a hook before updates, an option under Acquire that is not known to be without
/// influence.
/// "" when there is nothing. dray(8), "ASKING APT", has the list.
std::string configuration_obstacle();

/// The same of one URI: its method, a password in it or for it in apt_auth.conf(5).
std::string uri_obstacle(const std::string& uri);

}  // namespace dray::apt_helper
