// What there is to defend: services, the systems they run on, the data sets they hold, who may approve, what may speak.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

/// What a citizen uses.
struct Service {
  ServiceId id;
  std::string host;                 ///< lower case, no port, no trailing dot
  std::string path = "/";           ///< begins with '/'; "/permits" covers /permits and /permits/…
  std::vector<SystemId> systems;    ///< what it runs on: verified before it reopens, closed with it
  std::vector<DatasetId> datasets;  ///< what it holds: proved before it reopens
  std::string owner;
  bool is_protected = false;        ///< never closed without a person
  std::optional<std::int64_t> priority{};  ///< to citizens: 1 comes back first; without one, last
  friend bool operator==(const Service&, const Service&) = default;
};
BOOST_DESCRIBE_STRUCT(Service, (), (id, host, path, systems, datasets, owner, is_protected, priority))

/// A machine, container or tree that is verified on its own.
struct System {
  SystemId id;
  std::vector<SystemId> shares_with;  ///< systems whose services are guarded when this one shows an effect (a shared database)
  friend bool operator==(const System&, const System&) = default;
};
BOOST_DESCRIBE_STRUCT(System, (), (id, shares_with))

/// Data with a backup, and what its proof must show at least, beside that it comes back as it was.
struct Dataset {
  DatasetId id;
  SystemId system;
  std::optional<std::int64_t> sample{};  ///< so many files compared; without it, all
  std::optional<bool> alive{};           ///< it passed its own test
  std::optional<bool> inspected{};       ///< it was looked into for malware
  friend bool operator==(const Dataset&, const Dataset&) = default;
};
BOOST_DESCRIBE_STRUCT(Dataset, (), (id, system, sample, alive, inspected))

/// A person who may approve a reopening.
struct Approver {
  PersonId person;
  PublicKey key;
  std::optional<std::vector<ServiceId>> services{};  ///< which; without it, every service
  std::optional<Timestamp> until{};                  ///< the key counts until then
  friend bool operator==(const Approver&, const Approver&) = default;
};
BOOST_DESCRIBE_STRUCT(Approver, (), (person, key, services, until))

/// Keys that lie sealed: so many of them together name new approvers when the present ones cannot.
struct Recovery {
  std::vector<PublicKey> keys;
  std::int64_t needed = 0;
  friend bool operator==(const Recovery&, const Recovery&) = default;
};
BOOST_DESCRIBE_STRUCT(Recovery, (), (keys, needed))

/// A source of events and what it may speak of; what it says of others moves nothing.
struct Sensor {
  SensorId id;
  bool all_services = false;        ///< the gate's log speaks of every service
  std::vector<SystemId> systems;    ///< a host's sensor speaks of its system, and of services on it
  friend bool operator==(const Sensor&, const Sensor&) = default;
};
BOOST_DESCRIBE_STRUCT(Sensor, (), (id, all_services, systems))

struct Catalogue {
  std::vector<Service> services;
  std::vector<System> systems;
  std::vector<Dataset> datasets;
  std::vector<Sensor> sensors;
  std::vector<Approver> approvers;
  std::optional<Recovery> recovery{};
  friend bool operator==(const Catalogue&, const Catalogue&) = default;
};
BOOST_DESCRIBE_STRUCT(Catalogue, (), (services, systems, datasets, sensors, approvers, recovery))

}  // namespace kulla
