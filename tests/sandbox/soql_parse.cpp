// A recursive-descent parser over a small tokenizer.
#include "soql.hpp"
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace sandbox {
namespace {

constexpr std::size_t longest_statement = 100'000;

struct token {
  enum class kind : std::uint8_t { word, text, symbol, end } what = kind::end;
  std::string text;
};

struct parse_fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class tokenizer {
 public:
  explicit tokenizer(std::string_view text) : text_(text) {}

  token next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
      ++at_;
    if (at_ == text_.size()) return {};
    if (text_[at_] == '\'') return {token::kind::text, string_literal()};
    const std::size_t begin = at_;
    while (at_ < text_.size() && part_of_word(text_[at_]))
      ++at_;
    if (at_ > begin) return {token::kind::word, std::string(text_.substr(begin, at_ - begin))};
    for (const std::string_view two : {"!=", "<=", ">=", "<>"}) {
      if (text_.substr(at_, 2) != two) continue;
      at_ += 2;
      return {token::kind::symbol, std::string(two)};
    }
    return {token::kind::symbol, std::string(1, text_[at_++])};
  }

 private:
  static bool part_of_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == ':' ||
           c == '-' || c == '+';
  }

  std::string string_literal() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '\''; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
      } else if (++at_ < text_.size()) {
        out += escaped();
      }
    }
    if (at_ >= text_.size()) throw parse_fault("line ended in the middle of a string literal");
    ++at_;
    return out;
  }

  std::string escaped() {
    switch (text_[at_]) {
      case 'n':
      case 'N':
        return "\n";
      case 'r':
      case 'R':
        return "\r";
      case 't':
      case 'T':
        return "\t";
      case '\\':
      case '\'':
      case '"':
      case '%':
      case '_':
        return std::string(1, text_[at_]);
      case 'u':
      case 'U':
        return unicode();
      default:
        throw parse_fault("invalid string literal: illegal character sequence '\\" +
                          std::string(1, text_[at_]) + "'");
    }
  }

  std::string unicode() {
    unsigned code = 0;
    const std::string_view digits = text_.substr(at_ + 1, 4);
    const auto end = digits.data() + digits.size();
    if (digits.size() != 4 || std::from_chars(digits.data(), end, code, 16).ptr != end)
      throw parse_fault("invalid string literal: illegal unicode sequence");
    at_ += 4;
    const auto byte = [](unsigned b) { return static_cast<char>(b); };
    if (code < 0x80) return {byte(code)};
    if (code < 0x800) return {byte(0xC0U | (code >> 6U)), byte(0x80U | (code & 63U))};
    return {byte(0xE0U | (code >> 12U)), byte(0x80U | ((code >> 6U) & 63U)),
            byte(0x80U | (code & 63U))};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class parser {
 public:
  explicit parser(std::string_view text) : tokens_(text) { advance(); }

  statement parse() {
    statement s;
    expect("SELECT");
    do {
      s.fields.push_back(name());
    } while (accept(","));
    if (s.fields.size() == 1 && same_word(s.fields.front(), "COUNT") && accept("(")) {
      expect(")");
      s.fields.clear();
      s.count = true;
    }
    expect("FROM");
    s.object = name();
    if (accept("WHERE")) s.where = any_of();
    if (accept("ORDER")) order_by(s);
    if (accept("LIMIT")) s.limit = number();
    if (accept("OFFSET")) s.offset = number();
    if (now_.what != token::kind::end) unexpected();
    return s;
  }

 private:
  [[noreturn]] void unexpected() const {
    if (now_.what == token::kind::end) throw parse_fault("unexpected token: '<EOF>'");
    throw parse_fault("unexpected token: '" + now_.text + "'");
  }
  void advance() { now_ = tokens_.next(); }
  [[nodiscard]] bool is(std::string_view word) const {
    return now_.what != token::kind::text && now_.what != token::kind::end &&
           same_word(now_.text, word);
  }
  bool accept(std::string_view word) {
    if (!is(word)) return false;
    advance();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) unexpected();
  }
  std::string name() {
    if (now_.what != token::kind::word) unexpected();
    std::string out = std::move(now_.text);
    advance();
    return out;
  }
  std::size_t number() {
    std::size_t out = 0;
    const char* const end = now_.text.data() + now_.text.size();
    if (now_.what != token::kind::word || std::from_chars(now_.text.data(), end, out).ptr != end)
      unexpected();
    advance();
    return out;
  }

  void order_by(statement& s) {
    expect("BY");
    do {
      ordering o;
      o.field = name();
      o.descending = accept("DESC");
      if (!o.descending) accept("ASC");
      if (accept("NULLS")) name();
      s.order.push_back(std::move(o));
    } while (accept(","));
  }

  condition any_of() {
    return list("OR", condition::kind::any_of, [this] { return all_of(); });
  }
  condition all_of() {
    return list("AND", condition::kind::all_of, [this] { return single(); });
  }

  template <class Part>
  condition list(std::string_view word, condition::kind kind, Part part) {
    condition first = part();
    if (!is(word)) return first;
    condition out;
    out.what = kind;
    out.parts.push_back(std::move(first));
    while (accept(word))
      out.parts.push_back(part());
    return out;
  }

  condition single() {
    if (accept("(")) {
      condition inner = any_of();
      expect(")");
      return inner;
    }
    if (accept("NOT")) {
      condition out;
      out.what = condition::kind::negation;
      out.parts.push_back(single());
      return out;
    }
    condition c;
    c.field = name();
    c.how = comparison();
    if (c.how != condition::op::in && c.how != condition::op::not_in) {
      c.values.push_back(one_literal());
      return c;
    }
    expect("(");
    do {
      c.values.push_back(one_literal());
    } while (accept(","));
    expect(")");
    return c;
  }

  condition::op comparison() {
    using op = condition::op;
    if (accept("NOT")) {
      expect("IN");
      return op::not_in;
    }
    if (accept("IN")) return op::in;
    if (accept("LIKE")) return op::like;
    if (accept("=")) return op::eq;
    if (accept("!=") || accept("<>")) return op::ne;
    if (accept("<=")) return op::le;
    if (accept(">=")) return op::ge;
    if (accept("<")) return op::lt;
    if (accept(">")) return op::gt;
    unexpected();
  }

  literal one_literal() {
    literal out;
    out.quoted = now_.what == token::kind::text;
    if (out.quoted) {
      out.text = now_.text;
    } else if (now_.what != token::kind::word) {
      unexpected();
    } else if (same_word(now_.text, "true")) {
      out.text = "1";
    } else if (same_word(now_.text, "false")) {
      out.text = "0";
    } else if (!same_word(now_.text, "null")) {
      out.text = now_.text;
    }
    advance();
    return out;
  }

  tokenizer tokens_;
  token now_;
};

}  // namespace

std::variant<statement, soql_error> parse_soql(std::string_view text) {
  if (text.size() > longest_statement)
    return soql_error{"MALFORMED_QUERY",
                      "SOQL statements cannot be longer than 100000 characters."};
  try {
    return parser(text).parse();
  } catch (const parse_fault& e) {
    return soql_error{"MALFORMED_QUERY", e.what()};
  }
}

}  // namespace sandbox
