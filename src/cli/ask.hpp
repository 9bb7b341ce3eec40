// Secrets that a person types: on the terminal itself, whatever standard input and output are, and without showing them.
#pragma once
#include <string>

#include "base/secret_text.hpp"

namespace kulla::cli {

/// One line. Code::bad_argument where there is no terminal, Code::interrupted at Ctrl-C; the terminal is left as it was.
[[nodiscard]] Result<SecretText> ask_secret(const std::string& prompt);
/// A new passphrase, typed twice: Code::bad_key where the two differ.
[[nodiscard]] Result<SecretText> ask_new_passphrase(const std::string& file);

}  // namespace kulla::cli
