// Which loader is which.
#include "connectors/odbc/loader.hpp"

namespace millrace::odbc {

std::unique_ptr<loader> make_loader(const sql::dialect& d, const sql::loader_rule& rule) {
  switch (rule.kind) {
    case sql::loader_kind::split_text:
      return make_split_text_loader(d, rule);
    case sql::loader_kind::parameter_arrays:
      return make_array_loader(d, rule);
    case sql::loader_kind::batch_function:
      return make_batch_function_loader(d, rule);
    case sql::loader_kind::local_file:
      return make_local_file_loader(d, rule);
    case sql::loader_kind::multi_row:
    case sql::loader_kind::single_row:
      return make_row_loader(d, rule);
  }
  return nullptr;
}

}  // namespace millrace::odbc
