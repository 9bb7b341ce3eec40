#include "drill/sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/file.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t file_limit = 1 << 20;

bool covers(std::string_view prefix, std::string_view path) {
  if (prefix == "/") return true;
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

/// Letters, digits, '.', '-' and '_', not beginning with a dot, at most 64.
std::string safe_name(std::string_view name) {
  std::string safe;
  for (const char letter : name.substr(0, 64))
    safe += std::isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '-' || letter == '_' ? letter : '_';
  if (safe.empty() || safe.front() == '.') safe.insert(0, "file");
  return safe;
}

struct Sent {
  std::string name, content;
};
/// The first file of a multipart form (RFC 7578), read as simply as a weak form would.
std::optional<Sent> file_of_form(std::string_view body) {
  const auto line_end = body.find("\r\n");
  const auto named = body.find("filename=\"");
  const auto begin = body.find("\r\n\r\n");
  if (line_end == body.npos || named == body.npos || begin == body.npos || named > begin) return std::nullopt;
  const auto name = body.substr(named + 10, body.find('"', named + 10) - named - 10);
  const auto boundary = fmt::format("\r\n{}", body.substr(0, line_end));
  const auto end = body.find(boundary, begin + 4);
  if (end == body.npos) return std::nullopt;
  return Sent{safe_name(name), std::string(body.substr(begin + 4, end - begin - 4))};
}

bool is_harmless(std::string_view name) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{".pdf", ".txt", ".png"},
                             [&](auto end) { return name.ends_with(end); });
}

std::string_view type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css";
  return "text/plain; charset=utf-8";
}
}  // namespace

Sandbox::Asked Sandbox::asked(const SandboxRequest& request) const {
  const std::string_view host{request[http::field::host].data(), request[http::field::host].size()};
  const std::string_view target{request.target().data(), request.target().size()};
  const auto path = target.substr(0, target.find('?'));
  Asked best;
  for (const auto& service : settings_.services)
    if (host.substr(0, host.find(':')) == service.host && covers(service.path, path) &&
        (!best.service || service.path.size() > best.service->path.size()))
      best.service = &service;
  if (!best.service) return best;
  best.path = path.substr(best.service->path == "/" ? 0 : best.service->path.size());
  best.path.erase(0, best.path.find_first_not_of('/'));
  if (const auto mark = target.find('?'); mark != target.npos) best.query = target.substr(mark + 1);
  return best;
}

bool Sandbox::is_stream(const SandboxRequest& request) const {
  const auto what = asked(request);
  return what.service && what.path == "large" && request.method() == http::verb::get;
}

SandboxResponse Sandbox::answer(const SandboxRequest& request) {
  auto [status, body, type] = reply(request);
  SandboxResponse response{status, request.version()};
  response.set(http::field::content_type, type);
  response.set(std::string(sandbox_header), settings_.system);
  response.keep_alive(request.keep_alive());
  response.body() = request.method() == http::verb::head ? std::string{} : std::move(body);
  response.prepare_payload();
  return response;
}

Sandbox::Reply Sandbox::reply(const SandboxRequest& request) {
  const auto what = asked(request);
  if (!what.service) return {http::status::not_found, "no such service\n"};
  if (request.method() == http::verb::post && what.path == "login")
    return request.body().ends_with("&password=" + settings_.password) ? Reply{http::status::ok, "welcome\n"}
                                                                       : Reply{http::status::unauthorized, "wrong user or password\n"};
  if (request.method() == http::verb::post && what.path == "upload") return upload(what, request);
  if (request.method() != http::verb::get && request.method() != http::verb::head) return {http::status::method_not_allowed, "not here\n"};
  if (what.path == "search") return {http::status::ok, "0 results\n"};
  return file(what);
}

Sandbox::Reply Sandbox::file(const Asked& what) const {
  if (what.path.find("..") != std::string::npos || what.path.find('%') != std::string::npos) return {http::status::bad_request, "no\n"};
  const fs::path file = fs::path(what.service->document_root) / (what.path.empty() ? "index.html" : what.path);
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return {http::status::not_found, "nothing here\n"};
  auto content = read_file(file, file_limit);
  if (!content) return {http::status::not_found, "nothing here\n"};
  if (file.extension() != ".php") return {http::status::ok, std::move(*content), std::string(type_of(file.string()))};
  if (content->find(shell_marker) == std::string::npos) return {http::status::forbidden, "not run\n"};
  return use_shell(what.query);
}

Sandbox::Reply Sandbox::use_shell(const std::string& query) const {
  const auto done = query == "cmd=list"   ? shell_.list()
                    : query == "cmd=drop" ? shell_.drop()
                    : query == "cmd=wipe" ? shell_.wipe()
                                          : Result<std::string>{"?\n"};
  return done ? Reply{http::status::ok, *done} : Reply{http::status::internal_server_error, "failed\n"};
}

Sandbox::Reply Sandbox::upload(const Asked& what, const SandboxRequest& request) {
  auto sent = file_of_form(request.body());
  if (!sent) return {http::status::bad_request, "no file\n"};
  const bool harmless = is_harmless(sent->name) && sent->content.find("<?php") == std::string::npos;
  if (!harmless && !what.service->weak) return {http::status::forbidden, "this kind of file is refused\n"};
  if (++uploads_ > uploads_kept) return {http::status::insufficient_storage, "not kept\n"};
  const auto name = fmt::format("{:05}-{}", uploads_, sent->name);
  const auto folder = fs::path(what.service->document_root) / "uploads";
  std::ofstream out{folder / name, std::ios::binary};
  out << sent->content;
  out.close();
  if (!out) return {http::status::internal_server_error, "not kept\n"};
  if (what.service->weak && sent->content.find(shell_marker) != std::string::npos && on_shell_) on_shell_();
  return {http::status::created, fmt::format("uploads/{}\n", name)};
}
}  // namespace kulla::drill
