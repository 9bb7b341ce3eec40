// What a vantage asks, and what belongs together among what it asks.
#pragma once
#include <boost/describe.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "model/names.hpp"

namespace kulla::outage {

struct Target {
  ServiceId name{};
  std::string address{};                    ///< host:port ([v6]:port) to connect to; empty: from the URL
  std::string url{};  ///< http:// https:// tls://host:port tcp://host:port icmp://host dns://name; docs/probing.md
  std::chrono::milliseconds every{1000};  ///< the longest period
  std::string group{};  ///< targets that share a fate ("gateway"): probed evenly over each other, and a joint onset
  std::string network{}, institution{};  ///< for charts, and for what fails together; empty: none is known
  std::string fingerprint{};  ///< "learn": after three equal answers; else 16 hexadecimal digits; empty: any body will do
  std::vector<int> good_status{};  ///< empty: 200 to 399
  ServiceId service{};             ///< that a closure notice is to name; empty: `name`
  std::string ca{};                ///< a PEM file of whom to trust for this one; empty: as for all
  bool http2 = false;              ///< HTTP/2 and nothing else; false: HTTP/1.1, and HTTP/2 where the server has nothing else
};

}  // namespace kulla::outage
