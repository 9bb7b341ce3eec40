#include "drill/names.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace kulla::drill {
namespace {
struct Row {
  std::string_view name, owner;
};
constexpr std::array<Row, 38> of_the_state{{
    {"e-tax", "Tax authority"},
    {"civil-status", "Ministry of Interior"},
    {"land-registry", "Cadastre agency"},
    {"health-cards", "Ministry of Health"},
    {"pensions", "Social insurance"},
    {"driving-licences", "Road transport service"},
    {"schools", "Ministry of Education"},
    {"procurement", "Procurement agency"},
    {"passports", "Ministry of Interior"},
    {"customs", "Customs authority"},
    {"court-records", "Ministry of Justice"},
    {"vehicle-registry", "Road transport service"},
    {"unemployment", "Employment service"},
    {"student-loans", "Ministry of Education"},
    {"farm-subsidies", "Ministry of Agriculture"},
    {"vaccination", "Ministry of Health"},
    {"building-registry", "Cadastre agency"},
    {"police-reports", "Ministry of Interior"},
    {"energy-aid", "Energy regulator"},
    {"water-quality", "Environment agency"},
    {"fisheries", "Ministry of Agriculture"},
    {"heritage", "Ministry of Culture"},
    {"elections", "Electoral commission"},
    {"statistics", "Statistics institute"},
    {"scholarships", "Ministry of Education"},
    {"hunting-permits", "Ministry of Agriculture"},
    {"trademarks", "Patent office"},
    {"patents", "Patent office"},
    {"notaries", "Ministry of Justice"},
    {"bankruptcy", "Ministry of Justice"},
    {"consumer-help", "Consumer authority"},
    {"tourism-licences", "Ministry of Tourism"},
    {"export-permits", "Customs authority"},
    {"tenders", "Procurement agency"},
    {"blood-bank", "Ministry of Health"},
    {"child-support", "Social insurance"},
    {"maternity", "Social insurance"},
    {"open-data", "Information society agency"},
}};
constexpr std::array<std::string_view, 61> municipalities{
    "tirana",   "durres",  "vlora",         "shkodra",     "elbasan",  "fier",           "korca",      "berat",      "lushnja",
    "pogradec", "kavaja",  "gjirokastra",   "saranda",     "lac",      "kukes",          "lezha",      "patos",      "corovoda",
    "puka",     "burrel",  "kruja",         "kucova",      "peshkopi", "librazhd",       "gramsh",     "bulqiza",    "permet",
    "tepelena", "erseka",  "delvina",       "himara",      "konispol", "libohova",       "memaliaj",   "selenica",   "roskovec",
    "divjaka",  "belsh",   "cerrik",        "peqin",       "prrenjas", "maliq",          "devoll",     "finiq",      "dropull",
    "kelcyra",  "polican", "ura-vajgurore", "mallakaster", "shijak",   "kamza",          "vora",       "rrogozhina", "kurbin",
    "mirdita",  "tropoja", "has",           "klos",        "mat",      "malesi-e-madhe", "vau-i-dejes"};
constexpr std::array<std::string_view, 33> of_a_municipality{
    "parking",          "waste",         "kindergartens", "local-tax",  "housing",    "markets",   "water",
    "cemeteries",       "libraries",     "sports",        "road-works", "social-aid", "weddings",  "birth-records",
    "building-permits", "street-lights", "parks",         "bus-passes", "complaints", "council",   "noise",
    "dog-licences",     "fire-safety",   "school-meals",  "museums",    "events",     "addresses", "archives",
    "meeting-rooms",    "volunteers",    "recycling",     "elder-care", "youth"};
static_assert(of_the_state.size() + municipalities.size() * of_a_municipality.size() == names_known);
}  // namespace

Name name_of(std::size_t n) {
  if (n < of_the_state.size()) return {std::string(of_the_state[n].name), std::string(of_the_state[n].owner)};
  n -= of_the_state.size();
  const auto place = municipalities.at(n % municipalities.size());
  return {fmt::format("{}-{}", place, of_a_municipality.at(n / municipalities.size())), fmt::format("Municipality of {}", place)};
}
}  // namespace kulla::drill
