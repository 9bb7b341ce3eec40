#include "drill/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "drill/names.hpp"
#include "drill/random.hpp"

namespace kulla::drill {
namespace {
constexpr std::size_t small_state = 60;        // up to here two services a system, above six: about 200 systems for 1,225 services
constexpr std::size_t data_files_least = 12;   // a system; the file sensor calls five rewritten ones a wiper

std::size_t systems_for(std::size_t services) {
  return services <= small_state ? std::max<std::size_t>(4, (services + 1) / 2) : (services + 5) / 6;
}

void add(Plan& plan, PlannedService service, std::size_t system) {
  service.system = system;
  plan.systems[system].services.push_back(plan.services.size());
  plan.services.push_back(std::move(service));
}

// The four that the story needs. One host is shared by a service that closes and one that must not: told apart by path alone.
void add_cast(Plan& plan) {
  add(plan, {"permits-appeals", "permits.gov.example", "/appeals", "Ministry of Interior", 0, false, true}, Plan::breached);
  add(plan, {"business-register", "business-register.gov.example", "/", "Ministry of Economy", 0, false, false}, Plan::infected);
  add(plan, {"permits", "permits.gov.example", "/", "Ministry of Interior", 0, false, false}, 2);
  add(plan, {"emergency-calls", "emergency-calls.gov.example", "/", "Civil protection", 0, true, false}, 3);
}

// The attacked systems are filled last, so that in a small state most services are bystanders.
std::vector<std::size_t> free_slots(const Plan& plan, std::size_t services) {
  const auto systems = plan.systems.size(), each = (services + systems - 1) / systems;
  std::vector<std::size_t> slots;
  for (std::size_t i = 0; i < systems; ++i) {
    const auto system = (i + 2) % systems;
    for (auto used = plan.systems[system].services.size(); used < each; ++used) slots.push_back(system);
  }
  return slots;
}

std::string text_of(Random& random, std::size_t lines) {
  std::string text = "number,date,amount,state\n";
  static constexpr std::string_view states[] = {"received", "under review", "granted", "paid"};
  for (std::size_t line = 0; line < lines; ++line) {
    const std::size_t drawn[] = {random.below(1'000'000), random.below(12), random.below(28), random.below(9000), random.below(4)};
    text += fmt::format("{:06},2022-{:02}-{:02},{}.00,{}\n", drawn[0], 1 + drawn[1], 1 + drawn[2], 10 + drawn[3], states[drawn[4]]);
  }
  return text;
}

std::string page_of(const PlannedService& service) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><link rel=\"stylesheet\" href=\"assets/style.css\">"
      "<h1>{0}</h1><p>{1}. A rehearsed service: nothing here is real.</p>"
      "<form action=\"login\" method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"><button>Sign "
      "in</button></form>"
      "<form action=\"search\"><input name=\"q\"><button>Search</button></form>"
      "<form action=\"upload\" method=\"post\" enctype=\"multipart/form-data\"><input type=\"file\" "
      "name=\"file\"><button>Send</button></form></html>\n",
      service.name, service.owner);
}
}  // namespace

std::size_t Plan::weak_service() const {
  return static_cast<std::size_t>(std::ranges::find_if(services, &PlannedService::weak) - services.begin());
}
std::size_t Plan::protected_service() const {
  return static_cast<std::size_t>(std::ranges::find_if(services, &PlannedService::is_protected) - services.begin());
}
std::vector<std::size_t> Plan::closing() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < services.size(); ++i)
    if (to_close(i)) result.push_back(i);
  return result;
}
std::size_t Plan::find(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::find(services, name, &PlannedService::name) - services.begin());
}

Result<Plan> make_plan(std::size_t services, std::uint64_t seed) {
  if (services < services_least || services > services_most)
    return fail(Code::bad_argument, fmt::format("--services {}: from {} to {}", services, services_least, services_most));
  static_assert(services_most <= names_known);
  Plan plan{.seed = seed, .services = {}, .systems = {}};
  const auto systems = systems_for(services);
  for (std::size_t i = 0; i < systems; ++i) plan.systems.push_back({fmt::format("web-{}", i + 1), {}, i < 2 || i == 3 || i % 20 == 19});
  add_cast(plan);
  auto slots = free_slots(plan, services);
  slots.resize(services - services_least);
  std::ranges::sort(slots);
  for (const auto system : slots) {
    auto [name, owner] = name_of(plan.services.size() - services_least);
    auto host = name + ".gov.example";
    add(plan, {std::move(name), std::move(host), "/", std::move(owner), 0, false, false}, system);
  }
  return plan;
}

std::string document_root(const PlannedService& service) { return "www/" + service.name; }

std::vector<PlannedFile> files_of(const Plan& plan, std::size_t system) {
  const auto& planned = plan.systems[system];
  std::vector<PlannedFile> files;
  const auto each = (data_files_least + planned.services.size() - 1) / planned.services.size();
  for (const auto index : planned.services) {
    const auto& service = plan.services[index];
    Random random{plan.seed, service.name};
    const auto root = document_root(service);
    files.push_back({root + "/index.html", page_of(service)});
    files.push_back({root + "/assets/style.css", "body{font:16px sans-serif;margin:2rem auto;max-width:40rem}\n"});
    files.push_back({root + "/assets/form.txt", fmt::format("Form of {}, number {}\n", service.name, random.below(100'000))});
    files.push_back({root + "/uploads/README.txt", "What citizens send lies here.\n"});
    for (std::size_t i = 0; i < each; ++i)
      files.push_back({fmt::format("data/{}/records-{:02}.csv", service.name, i + 1), text_of(random, 20 + random.below(60))});
  }
  return files;
}

std::vector<PlannedFile> files_of_database(const Plan& plan) {
  Random random{plan.seed, Plan::database};
  std::vector<PlannedFile> files;
  for (std::size_t i = 0; i < data_files_least; ++i)
    files.push_back({fmt::format("data/table-{:02}.csv", i + 1), text_of(random, 100 + random.below(200))});
  return files;
}
}  // namespace kulla::drill
