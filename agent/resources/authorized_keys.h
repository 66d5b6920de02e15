// The lines of an authorized_keys file: checked, and merged with those of others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::resources {

/// The key in a line, as sshd(8), "AUTHORIZED_KEYS FILE FORMAT" has it: what is left without options and
/// comment, "ssh-ed25519 AAAA…"; "" when there is none in it.
std::string key_of(std::string_view line);

/// What is wrong with a line that a recipe wants there; "" when nothing. A key whose own bytes name another
/// type, one that was cut off when it was pasted for example, is none.
std::string fault_of(std::string_view line);

/// The file's text with each of `wanted` in it: in the place of a line with the same key, else at the end.
/// With `exclusive` there is nothing else in it. Without changes it is the text itself.
std::string with_keys(const std::string& text, const std::vector<std::string>& wanted, bool exclusive);

}  // namespace dray::resources
