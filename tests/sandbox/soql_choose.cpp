// Choosing records. Windows over stamps and ranges of Ids find their records without looking at
// others.
#include "ids.hpp"
#include "soql.hpp"
#include <algorithm>
#include <cstdlib>
#include <limits>

namespace sandbox {
namespace {

using op = condition::op;

char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string text) {
  for (char& c : text)
    c = lowered(c);
  return text;
}

/// `%` stands for any text, `_` for one character; goes back to the last `%` only.
bool like(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '_' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%')
    ++p;
  return p == pattern.size();
}

int sign(auto a, auto b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_values(const field_def& f, const std::string& a, const std::string& b) {
  if (f.decimal() || f.type == "int" || f.type == "long")
    return sign(std::strtold(a.c_str(), nullptr), std::strtold(b.c_str(), nullptr));
  if (f.type == "datetime" || f.type == "date" || f.type == "id" || f.type == "reference" ||
      f.type == "boolean" || f.type == "time")
    return a.compare(b);
  return lowered(a).compare(lowered(b));
}

/// The stamps of a record without going through text.
std::optional<stamp> stamp_of(const row& r, special kind) {
  switch (kind) {
    case special::created:
      return r.created;
    case special::modified:
      return r.modified;
    case special::stamped:
      return r.stamped;
    default:
      return {};
  }
}

bool accepts(op how, int order) {
  switch (how) {
    case op::eq:
    case op::in:
      return order == 0;
    case op::ne:
    case op::not_in:
      return order != 0;
    case op::lt:
      return order < 0;
    case op::le:
      return order <= 0;
    case op::gt:
      return order > 0;
    case op::ge:
      return order >= 0;
    case op::like:
      return false;
  }
  return false;
}

bool compare(const condition& c, const table& rows, const row& r) {
  const auto each = [&](auto order_to) {
    const auto one = [&](const literal& l) { return accepts(c.how, order_to(l)); };
    return c.how == op::not_in ? std::all_of(c.values.begin(), c.values.end(), one)
                               : std::any_of(c.values.begin(), c.values.end(), one);
  };
  const special kind = rows.kind_of(c.index);
  if (const auto t = stamp_of(r, kind))
    return each([&](const literal& l) { return l.text ? sign(*t, l.at) : 2; });
  if (kind == special::id && c.how != op::like) {
    const id_text id = id_of(rows.def().prefix, r.number);
    return each([&](const literal& l) {
      return l.text ? std::string_view(id.data(), id.size()).compare(*l.text) : 1;
    });
  }
  const field_def& f = rows.def().fields[c.index];
  const value have = rows.get(r, c.index);
  if (c.how == op::like)
    return have && c.values.front().text && like(lowered(*c.values.front().text), lowered(*have));
  const bool by_order = c.how == op::lt || c.how == op::le || c.how == op::gt || c.how == op::ge;
  return each([&](const literal& l) {
    if (have && l.text) return compare_values(f, *have, *l.text);
    if (by_order) return c.how == op::lt || c.how == op::le ? 1 : -1;  // null is in no order
    return !have && !l.text ? 0 : 1;
  });
}

bool holds(const condition& c, const table& rows, const row& r) {
  const auto part = [&](const condition& p) { return holds(p, rows, r); };
  switch (c.what) {
    case condition::kind::all_of:
      return std::all_of(c.parts.begin(), c.parts.end(), part);
    case condition::kind::any_of:
      return std::any_of(c.parts.begin(), c.parts.end(), part);
    case condition::kind::negation:
      return !part(c.parts.front());
    case condition::kind::compare:
      break;
  }
  return compare(c, rows, r);
}

/// What the conditions that must all hold say about stamps and Ids.
struct bounds {
  stamp from = std::numeric_limits<stamp>::min();
  stamp to = std::numeric_limits<stamp>::max();  ///< exclusive
  std::uint32_t first = 0;
  std::uint32_t last = 0;  ///< exclusive
  std::optional<std::vector<std::uint32_t>> named;

  [[nodiscard]] bool window() const {
    return from != std::numeric_limits<stamp>::min() || to != std::numeric_limits<stamp>::max();
  }
};

void bound_stamp(bounds& b, const condition& c) {
  const literal& l = c.values.front();
  if (!l.text) return;
  if (c.how == op::ge || c.how == op::eq) b.from = std::max(b.from, l.at);
  if (c.how == op::gt) b.from = std::max(b.from, l.at + 1);
  if (c.how == op::lt) b.to = std::min(b.to, l.at);
  if (c.how == op::le || c.how == op::eq) b.to = std::min(b.to, l.at + 1);
}

/// The first record whose Id is not below (or, if `past`, is above) the literal.
std::uint32_t first_from(const table& rows, const std::string& id, bool past) {
  std::uint32_t low = 0;
  std::uint32_t high = rows.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = make_id(rows.def().prefix, middle).compare(id);
    if (order < 0 || (past && order == 0)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void bound_id(bounds& b, const condition& c, const table& rows) {
  if (c.how == op::in || c.how == op::eq) {
    std::vector<std::uint32_t> named;
    for (const literal& l : c.values)
      if (const auto n = number_of(rows.def().prefix, l.text.value_or("")); n && *n < rows.size())
        named.push_back(static_cast<std::uint32_t>(*n));
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    b.named = std::move(named);
  }
  const value& id = c.values.front().text;
  if (!id) return;
  if (c.how == op::gt || c.how == op::ge)
    b.first = std::max(b.first, first_from(rows, *id, c.how == op::gt));
  if (c.how == op::lt || c.how == op::le)
    b.last = std::min(b.last, first_from(rows, *id, c.how == op::le));
}

void find_bounds(bounds& b, const condition& c, const table& rows) {
  if (c.what == condition::kind::all_of)
    for (const condition& part : c.parts)
      find_bounds(b, part, rows);
  if (c.what != condition::kind::compare) return;
  if (rows.stamp_field() == c.index) bound_stamp(b, c);
  if (rows.kind_of(c.index) == special::id) bound_id(b, c, rows);
}

bool is_id(const ordering& o, const table& rows) {
  return !o.descending && rows.kind_of(o.index) == special::id;
}

int order_of(const ordering& o, const table& rows, const row& a, const row& b) {
  const special kind = rows.kind_of(o.index);
  if (kind == special::id) return sign(a.number, b.number);  // Ids sort as their numbers do
  if (const auto x = stamp_of(a, kind)) return sign(*x, *stamp_of(b, kind));
  const value x = rows.get(a, o.index);
  const value y = rows.get(b, o.index);
  if (!x || !y) return x ? 1 : y ? -1 : 0;
  return compare_values(rows.def().fields[o.index], *x, *y);
}

void sort_by(const std::vector<ordering>& order, const table& rows,
             std::vector<std::uint32_t>& numbers) {
  if (order.size() == 1 && is_id(order.front(), rows))
    return std::sort(numbers.begin(), numbers.end());
  const auto before = [&](std::uint32_t x, std::uint32_t y) {
    const row a = rows.at(x);
    const row b = rows.at(y);
    for (const ordering& o : order)
      if (const int result = order_of(o, rows, a, b); result != 0)
        return o.descending ? result > 0 : result < 0;
    return y < x;  // what the order leaves open comes backwards
  };
  if (!std::is_sorted(numbers.begin(), numbers.end(), before))
    std::sort(numbers.begin(), numbers.end(), before);
}

void apply_limits(const statement& s, std::vector<std::uint32_t>& numbers) {
  const std::size_t skip = std::min(s.offset, numbers.size());
  numbers.erase(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(skip));
  if (s.limit && numbers.size() > *s.limit) numbers.resize(*s.limit);
}

}  // namespace

std::vector<std::uint32_t> choose(const statement& s, const table& rows, bool with_deleted) {
  bounds b;
  b.last = rows.size();
  if (s.where) find_bounds(b, *s.where, rows);
  const bool stamp_first = !s.order.empty() && !s.order.front().descending &&
                           rows.stamp_field() == s.order.front().index;
  const bool by_stamp = !b.named && (b.window() || stamp_first);
  bool in_order = !by_stamp && s.order.size() == 1 && is_id(s.order.front(), rows);
  if (by_stamp && stamp_first && s.order.size() == 2) in_order = is_id(s.order[1], rows);
  const std::size_t enough =
      in_order && s.limit ? *s.limit + s.offset : std::numeric_limits<std::size_t>::max();

  std::vector<std::uint32_t> out;
  const auto consider = [&](std::uint32_t n) {
    const row r = rows.at(n);
    if (r.gone || (!with_deleted && (r.deleted || rows.archived(r)))) return;
    if (s.where && !holds(*s.where, rows, r)) return;
    out.push_back(n);
  };
  if (by_stamp) {
    for (const std::uint32_t n : rows.by_stamp(b.from, b.to)) {
      if (out.size() >= enough) break;
      consider(n);
    }
  } else if (b.named) {
    for (const std::uint32_t n : *b.named)
      consider(n);
  } else {
    for (std::uint32_t n = b.first; n < b.last && out.size() < enough; ++n)
      consider(n);
  }
  if (s.order.empty()) {
    std::reverse(out.begin(), out.end());
  } else if (!in_order) {
    sort_by(s.order, rows, out);
  }
  apply_limits(s, out);
  return out;
}

}  // namespace sandbox
