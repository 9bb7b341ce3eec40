#include "daemon/presented.hpp"

#include <array>

namespace kulla::daemon {
namespace {
constexpr std::array languages{"sq", "en"};

/// A text that is one for all languages stands under each.
json::object by_language(const serve::Texts& texts) {
  json::object object;
  for (const auto& [language, text] : texts)
    if (!language.empty()) object[language] = text;
    else
      for (const auto* each : languages) object[each] = text;
  return object;
}

json::object meanwhile_of(const serve::Meanwhile& meanwhile) {
  json::object object;
  for (const auto& [key, texts] : {std::pair{"text", &meanwhile.text}, {"office", &meanwhile.office}, {"decision", &meanwhile.decision}})
    if (!texts->empty()) object[key] = by_language(*texts);
  for (const auto& [key, text] : {std::pair{"telephone", &meanwhile.telephone}, {"deadline", &meanwhile.deadline}})
    if (!text->empty()) object[key] = *text;
  return object;
}
}  // namespace

Presentation presented(const PublicPages& pages) {
  Presentation presentation;
  for (const auto& [id, service] : pages.services) {
    Presented one;
    if (!service.name.empty()) one.row["name"] = by_language(service.name);
    if (!service.institution.empty()) one.row["institution"] = service.institution;
    if (!service.meanwhile.empty()) one.detail["meanwhile"] = meanwhile_of(service.meanwhile);
    presentation.emplace(id, std::move(one));
  }
  return presentation;
}

json::array presented_institutions(const PublicPages& pages) {
  json::array institutions;
  for (const auto& institution : pages.institutions)
    institutions.push_back(json::object{{"id", institution.id}, {"name", by_language(institution.name)}});
  return institutions;
}

Statements::Names names_of_services(const PublicPages& pages) {
  Statements::Names names;
  for (const auto& [id, service] : pages.services)
    for (const auto& [language, text] : service.name)
      if (!language.empty()) names[id][language] = text;
      else
        for (const auto* each : languages) names[id][each] = text;
  return names;
}
}  // namespace kulla::daemon
