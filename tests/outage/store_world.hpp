// A vantage's days, made up: targets with their usual timings, and what may go wrong with them.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <cmath>
#include <random>
#include <vector>

#include "outage/observation.hpp"

namespace kulla::outage::testing_store {

inline constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

/// Targets of one vantage, each asked every `period` with up to a twentieth of jitter; timings are log-normal around a target's own.
class World {
 public:
  World(std::string vantage, std::size_t targets, std::chrono::milliseconds period, std::uint64_t seed)
      : vantage_(std::move(vantage)), random_(seed), targets_(targets), period_(period) {
    for (std::size_t i = 0; i < targets; ++i)
      profile_.push_back({around(8'000, 0.8), around(20'000, 0.7), around(45'000, 0.5), around(60'000, 0.8)});
  }

  /// All observations of `rounds` rounds, in the order in which the probes ended, numbered.
  std::vector<Observation> run(std::size_t rounds, Timestamp from = noon) {
    std::vector<Observation> all;
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < targets_; ++i) {
        const auto slot =
            period_ * static_cast<std::int64_t>(round) + period_ * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(targets_);
        all.push_back(good(i, from + slot + std::chrono::microseconds{jitter()}));
      }
    return numbered(std::move(all));
  }

  Observation good(std::size_t target, Timestamp sent) {
    const auto& usual = profile_.at(target);
    Observation observation;
    observation.vantage = VantageId{vantage_};
    observation.target = ServiceId{fmt::format("service-{:04}", target)};
    observation.sent = sent;
    observation.status = 200;
    observation.phases = {around(usual[0], 0.3), around(usual[1], 0.08), around(usual[2], 0.1), around(usual[3], 0.3)};
    observation.took_us = observation.phases.resolve_us + observation.phases.connect_us + observation.phases.tls_us +
                          observation.phases.first_byte_us + around(3'000, 0.5);
    observation.body = fmt::format("{:016x}", 0x9E3779B97F4A7C15ULL * (target + 1));
    observation.address = fmt::format("198.51.{}.{}", target / 250, target % 250);
    observation.certificate_ends = noon + std::chrono::hours{24 * 30 + static_cast<int>(target)};
    return observation;
  }
  static Observation failing(Observation observation, Layer layer) {
    observation.failed = layer, observation.status = 0;
    observation.body.reset(), observation.certificate_ends.reset();
    observation.phases.tls_us = observation.phases.first_byte_us = 0;
    observation.detail = "Connection refused";
    return observation;
  }
  std::vector<Observation> numbered(std::vector<Observation> all) {
    std::ranges::stable_sort(all, {}, [](const Observation& each) { return each.sent + std::chrono::microseconds{each.took_us}; });
    for (auto& each : all) each.number = ++number_;
    return all;
  }

 private:
  std::int64_t around(std::int64_t usual, double spread) {
    return std::llround(static_cast<double>(usual) * std::exp(std::normal_distribution{0.0, spread}(random_)));
  }
  std::int64_t jitter() {
    const auto most = std::chrono::microseconds{period_}.count() / 40;
    return std::uniform_int_distribution<std::int64_t>{-most, most}(random_);
  }
  std::string vantage_;
  std::mt19937_64 random_;
  std::size_t targets_;
  std::chrono::milliseconds period_;
  std::vector<std::array<std::int64_t, 4>> profile_;
  std::uint64_t number_ = 1'000'000;
};

}  // namespace kulla::outage::testing_store
