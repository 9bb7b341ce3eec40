// The ways out, one function each. Inside notify/ only; outlets.cpp has the table.
#pragma once
#include "notify/outlets.hpp"

namespace kulla::notify {

[[nodiscard]] Result<> post_webhook(const WebhookSettings& webhook, const Publication& publication);
/// To one address: nobody sees who else gets it.
[[nodiscard]] Result<> send_mail(const MailSettings& mail, const std::string& to, const Publication& publication);
[[nodiscard]] Result<> write_cap(const CapSettings& cap, const Publication& publication);
[[nodiscard]] Result<> write_feed(const std::filesystem::path& file, const Publication& publication);

/// The text of a release in this language.
[[nodiscard]] const std::string* text_in(const Statement& statement, std::string_view language);

}  // namespace kulla::notify
