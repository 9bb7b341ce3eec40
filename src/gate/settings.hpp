// What the HAProxy driver needs to know; the daemon fills it from kulla.toml.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "model/catalogue.hpp"

namespace kulla::gate {

struct Backend {
  Service service;
  std::string upstream;  ///< host:port of the service's own server
};

struct Settings {
  std::filesystem::path folder;         ///< haproxy.cfg, state.map, source.map, host.map, notice pages, sockets: all below it, 0700
  std::string http = "127.0.0.1:8080";  ///< where citizens arrive; empty: not bound
  std::string https;                    ///< TLS, HTTP/2 and HTTP/1.1; empty: not bound
  std::filesystem::path certificate;    ///< PEM with key, for https
  std::string log;                      ///< host:port where the daemon receives the gate's log (stream); empty: no log
  int threads = 0;                      ///< nbthread; 0: HAProxy's own choice
  std::chrono::seconds retry_after{300};
  std::string status_page;              ///< URL that the notice page links to; may be empty
  /// Where the status page has a page of each service, service/ID.html: its languages, the first at the top, the others' in LANGUAGE/.
  std::vector<std::string> status_languages;
  std::vector<std::string> domestic;    ///< networks ("192.0.2.0/24") whose clients a trial may be limited to
  std::vector<Backend> backends;

  [[nodiscard]] std::filesystem::path config() const { return folder / "haproxy.cfg"; }
  [[nodiscard]] std::filesystem::path state_map() const { return folder / "state.map"; }
  [[nodiscard]] std::filesystem::path source_map() const { return folder / "source.map"; }
  [[nodiscard]] std::filesystem::path domestic_map() const { return folder / "domestic.map"; }
  [[nodiscard]] std::filesystem::path notice_map() const { return folder / "notice.map"; }
  [[nodiscard]] std::filesystem::path route_map() const { return folder / "route.map"; }
  [[nodiscard]] std::filesystem::path runtime_socket() const { return folder / "runtime.sock"; }
  [[nodiscard]] std::filesystem::path master_socket() const { return folder / "master.sock"; }
};

}  // namespace kulla::gate
