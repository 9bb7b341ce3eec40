// Asio's TLS, apart from the rest (base/asio.cpp), so that programs without TLS need not link OpenSSL's.
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <boost/asio/ssl/impl/src.hpp>
