#include <fmt/format.h>

#include <array>
#include <charconv>

#include "detect/sigma/pipeline.hpp"

namespace kulla::detect::sigma {
namespace {
constexpr std::size_t step_limit = 10'000;

Checked<std::string> text(const Tree& map, std::string_view key) {
  const auto* value = map.find(key);
  if (!value) return fault(map.line, fmt::format("'{}' is missing", key));
  if (!value->is(Tree::Kind::text)) return fault(value->line, fmt::format("'{}' is not a text", key));
  return value->text;
}
Checked<std::optional<std::string>> optional_text(const Tree& map, std::string_view key) {
  const auto* value = map.find(key);
  if (!value || value->is(Tree::Kind::null)) return std::nullopt;
  KULLA_TRY(auto found, text(map, key));
  return found;
}
Checked<bool> truth(const Tree& map, std::string_view key) {
  if (!map.find(key)) return false;
  KULLA_TRY(const auto value, text(map, key));
  if (value != "true" && value != "false") return fault(map.find(key)->line, fmt::format("'{}' is not true or false", key));
  return value == "true";
}
Checked<std::vector<std::string>> texts(const Tree& value) {
  if (value.is(Tree::Kind::text)) return std::vector{value.text};
  if (!value.is(Tree::Kind::list)) return fault(value.line, "neither a text nor a list of texts");
  std::vector<std::string> all;
  for (const auto& item : value.items) {
    if (!item.is(Tree::Kind::text)) return fault(item.line, "not a text");
    all.push_back(item.text);
  }
  return all;
}

Checked<SourceWords> source_words(const Tree& map) {
  SourceWords words;
  KULLA_TRY(words.category, optional_text(map, "category"));
  KULLA_TRY(words.product, optional_text(map, "product"));
  KULLA_TRY(words.service, optional_text(map, "service"));
  return words;
}

Checked<RuleCondition> rule_condition(const Tree& map) {
  KULLA_TRY(const auto type, text(map, "type"));
  if (type == "logsource") {
    KULLA_TRY(auto source, source_words(map));
    return RuleCondition{std::move(source)};
  }
  if (type == "contains_field") {
    KULLA_TRY(auto field, text(map, "field"));
    return RuleCondition{RuleCondition::HasField{std::move(field)}};
  }
  if (type == "processing_item_applied") {
    KULLA_TRY(auto step, text(map, "processing_item_id"));
    return RuleCondition{RuleCondition::Applied{std::move(step)}};
  }
  return fault(map.line, fmt::format("rule condition '{}' is not supported; known: logsource, contains_field, processing_item_applied",
                                     type.substr(0, 40)));
}

Checked<FieldCondition> field_condition(const Tree& map) {
  KULLA_TRY(const auto type, text(map, "type"));
  if (type != "include_fields" && type != "exclude_fields")
    return fault(map.line, fmt::format("field condition '{}' is not supported; known: include_fields, exclude_fields", type.substr(0, 40)));
  const auto* fields = map.find("fields");
  if (!fields) return fault(map.line, "'fields' is missing");
  KULLA_TRY(auto names, texts(*fields));
  return FieldCondition{{names.begin(), names.end()}, type == "include_fields"};
}

Checked<decltype(PipelineStep::action)> field_names(const Tree& map) {
  const auto* mapping = map.find("mapping");
  if (!mapping || !mapping->is(Tree::Kind::map)) return fault(map.line, "'mapping' is not a map");
  MapFields fields;
  for (std::size_t at = 0; at < mapping->keys.size(); ++at) {
    KULLA_TRY(fields.names[mapping->keys[at]], texts(mapping->items[at]));
  }
  return fields;
}
Checked<decltype(PipelineStep::action)> prefixes(const Tree& map) {
  const auto* mapping = map.find("mapping");
  if (!mapping || !mapping->is(Tree::Kind::map)) return fault(map.line, "'mapping' is not a map");
  MapPrefixes fields;
  for (const auto& key : mapping->keys) {
    KULLA_TRY(fields.prefixes[key], text(*mapping, key));
  }
  return fields;
}

Checked<decltype(PipelineStep::action)> action(const Tree& map) {
  KULLA_TRY(const auto type, text(map, "type"));
  if (type == "field_name_mapping") return field_names(map);
  if (type == "field_name_prefix_mapping") return prefixes(map);
  if (type == "change_logsource") {
    KULLA_TRY(auto words, source_words(map));
    return ChangeLogsource{std::move(words)};
  }
  if (type == "field_name_prefix") {
    KULLA_TRY(auto before, text(map, "prefix"));
    return AddToNames{std::move(before), {}};
  }
  if (type == "field_name_suffix") {
    KULLA_TRY(auto after, text(map, "suffix"));
    return AddToNames{{}, std::move(after)};
  }
  if (type != "add_condition")
    return fault(map.line, fmt::format("transformation '{}' is not supported; known: add_condition, change_logsource, field_name_mapping, "
                                       "field_name_prefix, field_name_suffix, field_name_prefix_mapping",
                                       type.substr(0, 40)));
  const auto* conditions = map.find("conditions");
  if (!conditions || !conditions->is(Tree::Kind::map) || conditions->items.empty()) return fault(map.line, "'conditions' is not a map");
  KULLA_TRY(const auto negated, truth(map, "negated"));
  return AddCondition{*conditions, negated};
}

Checked<bool> any_of(const Tree& map, std::string_view key) {
  if (!map.find(key)) return false;
  KULLA_TRY(const auto word, text(map, key));
  if (word != "and" && word != "or") return fault(map.find(key)->line, fmt::format("'{}' is not 'and' or 'or'", key));
  return word == "or";
}

template <typename Read, typename Into>
Checked<> each(const Tree& map, std::string_view key, Read read, Into& into) {
  const auto* list = map.find(key);
  if (!list || list->is(Tree::Kind::null)) return {};
  if (!list->is(Tree::Kind::list)) return fault(list->line, fmt::format("'{}' is not a list", key));
  for (const auto& item : list->items) {
    if (!item.is(Tree::Kind::map)) return fault(item.line, fmt::format("'{}' is not a list of maps", key));
    KULLA_TRY(auto one, read(item));
    into.push_back(std::move(one));
  }
  return {};
}

Checked<> refuse(const Tree& map, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (const auto* found = map.find(key); found && (found->is(Tree::Kind::text) || !found->items.empty()))
      return fault(found->line, fmt::format("'{}' is not supported", key));
  return {};
}

Checked<PipelineStep> step(const Tree& map) {
  KULLA_CHECK(
      refuse(map, {"detection_item_conditions", "rule_cond_expression", "detection_item_cond_expression", "field_name_cond_expression"}));
  PipelineStep step;
  KULLA_TRY(const auto id, optional_text(map, "id"));
  step.id = id.value_or("");
  KULLA_TRY(step.any_rule_condition, any_of(map, "rule_cond_op"));
  KULLA_TRY(step.not_rule_conditions, truth(map, "rule_cond_not"));
  KULLA_CHECK(each(map, "rule_conditions", rule_condition, step.rule_conditions));
  KULLA_CHECK(each(map, "field_name_conditions", field_condition, step.field_conditions));
  KULLA_TRY(step.action, action(map));
  return step;
}
}  // namespace

Checked<Pipeline> parse_pipeline(const Tree& document) {
  if (!document.is(Tree::Kind::map)) return fault(document.line, "not a pipeline: the document is not a map");
  const auto* steps = document.find("transformations");
  if (!steps) return fault(document.line, "not a pipeline: it has no 'transformations'");
  if (steps->items.size() > step_limit) return fault(steps->line, fmt::format("more than {} transformations", step_limit));
  Pipeline pipeline;
  KULLA_TRY(const auto name, optional_text(document, "name"));
  pipeline.name = name.value_or("");
  KULLA_TRY(const auto priority, optional_text(document, "priority"));
  if (priority) std::from_chars(priority->data(), priority->data() + priority->size(), pipeline.priority);
  KULLA_CHECK(each(document, "transformations", step, pipeline.steps));
  return pipeline;
}

}  // namespace kulla::detect::sigma
