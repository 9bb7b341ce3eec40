#include "drill/shown_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace kulla::drill {
namespace {
struct Row {
  std::string_view name, sq;
};
constexpr std::array<Row, 42> of_the_state{{
    {"e-tax", "Tatimet në linjë"},
    {"civil-status", "Gjendja civile"},
    {"land-registry", "Regjistri i pasurive të paluajtshme"},
    {"health-cards", "Kartat e shëndetit"},
    {"pensions", "Pensionet"},
    {"driving-licences", "Lejet e drejtimit"},
    {"schools", "Regjistrimi në shkolla"},
    {"procurement", "Prokurimi publik"},
    {"passports", "Pasaportat"},
    {"customs", "Doganat"},
    {"court-records", "Dosjet gjyqësore"},
    {"vehicle-registry", "Regjistri i automjeteve"},
    {"unemployment", "Ndihma për papunësi"},
    {"student-loans", "Kreditë studentore"},
    {"farm-subsidies", "Subvencionet bujqësore"},
    {"vaccination", "Vaksinimi"},
    {"building-registry", "Regjistri i ndërtesave"},
    {"police-reports", "Kallëzimet në polici"},
    {"energy-aid", "Ndihma për energjinë"},
    {"water-quality", "Cilësia e ujit"},
    {"fisheries", "Peshkimi"},
    {"heritage", "Trashëgimia kulturore"},
    {"elections", "Zgjedhjet"},
    {"statistics", "Statistikat"},
    {"scholarships", "Bursat"},
    {"hunting-permits", "Lejet e gjuetisë"},
    {"trademarks", "Markat tregtare"},
    {"patents", "Patentat"},
    {"notaries", "Noterët"},
    {"bankruptcy", "Falimentimi"},
    {"consumer-help", "Ndihma për konsumatorin"},
    {"tourism-licences", "Licencat e turizmit"},
    {"export-permits", "Lejet e eksportit"},
    {"tenders", "Tenderët"},
    {"blood-bank", "Banka e gjakut"},
    {"child-support", "Ndihma për fëmijët"},
    {"maternity", "Leja e lindjes"},
    {"open-data", "Të dhënat e hapura"},
    {"permits-appeals", "Ankimet për lejet"},
    {"business-register", "Regjistri i biznesit"},
    {"permits", "Lejet"},
    {"emergency-calls", "Thirrjet e urgjencës"},
}};
constexpr std::array<Row, 23> owners{{
    {"Tax authority", "Administrata tatimore"},
    {"Ministry of Interior", "Ministria e Brendshme"},
    {"Cadastre agency", "Agjencia e Kadastrës"},
    {"Ministry of Health", "Ministria e Shëndetësisë"},
    {"Social insurance", "Sigurimet shoqërore"},
    {"Road transport service", "Shërbimi i transportit rrugor"},
    {"Ministry of Education", "Ministria e Arsimit"},
    {"Procurement agency", "Agjencia e Prokurimit"},
    {"Customs authority", "Autoriteti doganor"},
    {"Ministry of Justice", "Ministria e Drejtësisë"},
    {"Employment service", "Shërbimi i punësimit"},
    {"Ministry of Agriculture", "Ministria e Bujqësisë"},
    {"Energy regulator", "Enti i energjisë"},
    {"Environment agency", "Agjencia e Mjedisit"},
    {"Ministry of Culture", "Ministria e Kulturës"},
    {"Electoral commission", "Komisioni i zgjedhjeve"},
    {"Statistics institute", "Instituti i Statistikave"},
    {"Patent office", "Zyra e Patentave"},
    {"Consumer authority", "Autoriteti i konsumatorit"},
    {"Ministry of Tourism", "Ministria e Turizmit"},
    {"Information society agency", "Agjencia e shoqërisë së informacionit"},
    {"Ministry of Economy", "Ministria e Ekonomisë"},
    {"Civil protection", "Mbrojtja civile"},
}};
constexpr std::array<Row, 61> places{{
    {"tirana", "Tiranë"},
    {"durres", "Durrës"},
    {"vlora", "Vlorë"},
    {"shkodra", "Shkodër"},
    {"elbasan", "Elbasan"},
    {"fier", "Fier"},
    {"korca", "Korçë"},
    {"berat", "Berat"},
    {"lushnja", "Lushnjë"},
    {"pogradec", "Pogradec"},
    {"kavaja", "Kavajë"},
    {"gjirokastra", "Gjirokastër"},
    {"saranda", "Sarandë"},
    {"lac", "Laç"},
    {"kukes", "Kukës"},
    {"lezha", "Lezhë"},
    {"patos", "Patos"},
    {"corovoda", "Çorovodë"},
    {"puka", "Pukë"},
    {"burrel", "Burrel"},
    {"kruja", "Krujë"},
    {"kucova", "Kuçovë"},
    {"peshkopi", "Peshkopi"},
    {"librazhd", "Librazhd"},
    {"gramsh", "Gramsh"},
    {"bulqiza", "Bulqizë"},
    {"permet", "Përmet"},
    {"tepelena", "Tepelenë"},
    {"erseka", "Ersekë"},
    {"delvina", "Delvinë"},
    {"himara", "Himarë"},
    {"konispol", "Konispol"},
    {"libohova", "Libohovë"},
    {"memaliaj", "Memaliaj"},
    {"selenica", "Selenicë"},
    {"roskovec", "Roskovec"},
    {"divjaka", "Divjakë"},
    {"belsh", "Belsh"},
    {"cerrik", "Cërrik"},
    {"peqin", "Peqin"},
    {"prrenjas", "Prrenjas"},
    {"maliq", "Maliq"},
    {"devoll", "Devoll"},
    {"finiq", "Finiq"},
    {"dropull", "Dropull"},
    {"kelcyra", "Këlcyrë"},
    {"polican", "Poliçan"},
    {"ura-vajgurore", "Ura Vajgurore"},
    {"mallakaster", "Mallakastër"},
    {"shijak", "Shijak"},
    {"kamza", "Kamëz"},
    {"vora", "Vorë"},
    {"rrogozhina", "Rrogozhinë"},
    {"kurbin", "Kurbin"},
    {"mirdita", "Mirditë"},
    {"tropoja", "Tropojë"},
    {"has", "Has"},
    {"klos", "Klos"},
    {"mat", "Mat"},
    {"malesi-e-madhe", "Malësi e Madhe"},
    {"vau-i-dejes", "Vau i Dejës"},
}};
constexpr std::array<Row, 33> of_a_municipality{{
    {"parking", "Parkimi"},
    {"waste", "Mbeturinat"},
    {"kindergartens", "Kopshtet"},
    {"local-tax", "Taksat vendore"},
    {"housing", "Strehimi"},
    {"markets", "Tregjet"},
    {"water", "Uji"},
    {"cemeteries", "Varrezat"},
    {"libraries", "Bibliotekat"},
    {"sports", "Sporti"},
    {"road-works", "Punimet në rrugë"},
    {"social-aid", "Ndihma ekonomike"},
    {"weddings", "Martesat"},
    {"birth-records", "Aktet e lindjes"},
    {"building-permits", "Lejet e ndërtimit"},
    {"street-lights", "Ndriçimi publik"},
    {"parks", "Parqet"},
    {"bus-passes", "Abonetë e autobusit"},
    {"complaints", "Ankesat"},
    {"council", "Këshilli bashkiak"},
    {"noise", "Zhurmat"},
    {"dog-licences", "Regjistrimi i qenve"},
    {"fire-safety", "Mbrojtja nga zjarri"},
    {"school-meals", "Ushqimi në shkolla"},
    {"museums", "Muzetë"},
    {"events", "Ngjarjet"},
    {"addresses", "Adresat"},
    {"archives", "Arkivat"},
    {"meeting-rooms", "Sallat e mbledhjeve"},
    {"volunteers", "Vullnetarët"},
    {"recycling", "Riciklimi"},
    {"elder-care", "Kujdesi për të moshuarit"},
    {"youth", "Rinia"},
}};

const Row* find(std::span<const Row> rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

/// "local-tax" → "Local tax"; of a place each word, "ura-vajgurore" → "Ura Vajgurore".
std::string english(std::string_view name, bool each_word) {
  std::string text{name};
  bool first = true;
  for (char& letter : text) {
    if (first && letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    first = each_word && letter == '-';
    if (letter == '-') letter = ' ';
  }
  return text;
}
}  // namespace

Shown shown_service(std::string_view name) {
  if (name == "e-tax") return {"Tatimet në linjë", "E-tax"};
  if (const auto* row = find(of_the_state, name)) return {std::string(row->sq), english(name, false)};
  for (const auto& place : places) {
    if (!name.starts_with(place.name) || name.size() <= place.name.size()) continue;
    const auto* service = find(of_a_municipality, name.substr(place.name.size() + 1));
    if (service)
      return {fmt::format("{}, {}", service->sq, place.sq),
              fmt::format("{}, {}", english(service->name, false), english(place.name, true))};
  }
  return {std::string(name), std::string(name)};
}

Shown shown_owner(std::string_view owner) {
  constexpr std::string_view municipality = "Municipality of ";
  if (const auto* row = find(owners, owner)) return {std::string(row->sq), std::string(owner)};
  if (!owner.starts_with(municipality)) return {std::string(owner), std::string(owner)};
  const auto* place = find(places, owner.substr(municipality.size()));
  if (!place) return {std::string(owner), std::string(owner)};
  return {fmt::format("Bashkia {}", place->sq), fmt::format("Municipality of {}", english(place->name, true))};
}

std::string owner_id(std::string_view owner) {
  std::string id;
  for (const char letter : owner)
    id += letter == ' ' ? '-' : letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return id;
}
}  // namespace kulla::drill
