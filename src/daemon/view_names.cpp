#include "daemon/view_names.hpp"

namespace kulla::daemon {
namespace {
/// A text that is the same in all languages stands in each of them.
json::object by_language(const serve::Texts& texts, const std::vector<std::string>& languages) {
  json::object object;
  for (const auto& [language, text] : texts) {
    if (!language.empty()) object[language] = text;
    else
      for (const auto& each : languages) object[each] = text;
  }
  return object;
}

json::object meanwhile_json(const serve::Meanwhile& meanwhile, const std::vector<std::string>& languages) {
  json::object object;
  const auto add = [&](std::string_view key, const serve::Texts& texts) {
    if (!texts.empty()) object[key] = by_language(texts, languages);
  };
  add("text", meanwhile.text);
  add("office", meanwhile.office);
  add("deadline_decision", meanwhile.decision);
  if (!meanwhile.telephone.empty()) object["telephone"] = meanwhile.telephone;
  if (!meanwhile.deadline.empty()) object["deadline"] = meanwhile.deadline;
  return object;
}
}  // namespace

Presentation presented(const PublicPages& pages) {
  Presentation presentation;
  for (const auto& [id, service] : pages.services) {
    auto& shown = presentation[id];
    if (!service.name.empty()) shown.row["name"] = by_language(service.name, pages.status.languages);
    if (!service.institution.empty()) shown.row["institution"] = service.institution;
    if (!service.meanwhile.empty()) shown.detail["meanwhile"] = meanwhile_json(service.meanwhile, pages.status.languages);
  }
  return presentation;
}

Statements::Names names_of(const PublicPages& pages) {
  Statements::Names names;
  for (const auto& [id, service] : pages.services)
    for (const auto& [language, name] : by_language(service.name, pages.status.languages)) names[id][language] = name.as_string();
  return names;
}

json::array presented_institutions(const PublicPages& pages) {
  json::array institutions;
  for (const auto& each : pages.institutions)
    institutions.push_back(json::object{{"id", each.id}, {"name", by_language(each.name, pages.status.languages)}});
  return institutions;
}
}  // namespace kulla::daemon
