// What citizens read of services and institutions: names, what to do meanwhile, the status page. None of it is in the ledger, and none
// of it decides anything. docs/config.md lists the keys.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/toml_reader.hpp"
#include "serve/status_picture.hpp"
#include "serve/status_site.hpp"

namespace kulla::daemon {

struct ServicePresentation {
  serve::Texts name;
  std::string institution;  ///< id of one; empty: that of its owner, where it has one
  serve::Meanwhile meanwhile;
};

struct PublicPages {
  std::vector<serve::StatusInstitution> institutions;
  std::map<ServiceId, ServicePresentation> services;
  serve::StatusSettings status;  ///< no folder: no status page
};

/// The keys of one [[service]] that are for presentation.
[[nodiscard]] ServicePresentation read_service_presentation(TomlReader& reader);
/// One [[institution]].
void read_institution(TomlReader& reader, PublicPages& pages);
/// [status]
void read_status(TomlReader& reader, PublicPages& pages);
[[nodiscard]] bool knows_institution(const PublicPages& pages, const std::string& id);
/// Services of whom no citizen learns what to do while they are closed.
[[nodiscard]] std::vector<ServiceId> without_meanwhile(const PublicPages& pages);

}  // namespace kulla::daemon
