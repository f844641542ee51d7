// A transaction that is rolled back unless it was committed.
#pragma once

#include "connectors/odbc/connection.hpp"

namespace millrace::odbc {

class transaction {
 public:
  explicit transaction(connection& link) : link_(link) {}
  ~transaction() { roll_back(); }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  result<void> commit() {
    MILLRACE_CHECK(link_.commit());
    done_ = true;
    return {};
  }
  void roll_back() {
    if (!done_) link_.roll_back();
    done_ = true;
  }

 private:
  connection& link_;
  bool done_ = false;
};

}  // namespace millrace::odbc
