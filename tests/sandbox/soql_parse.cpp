// A recursive-descent parser over a small tokenizer.
#include "soql.hpp"
#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace sandbox {
namespace {

struct token {
  enum class kind : std::uint8_t { word, text, symbol, end } what = kind::end;
  std::string text;
};

struct parse_fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class parser {
 public:
  explicit parser(std::string_view text) : text_(text) { advance(); }

  statement parse() {
    statement s;
    expect("SELECT");
    if (is("COUNT")) {
      advance();
      expect("(");
      expect(")");
      s.count = true;
    } else {
      s.fields.push_back(name());
      while (accept(","))
        s.fields.push_back(name());
    }
    expect("FROM");
    s.object = name();
    if (accept("WHERE")) s.where = any_of();
    if (accept("ORDER")) {
      expect("BY");
      do {
        ordering o;
        o.field = name();
        if (accept("DESC"))
          o.descending = true;
        else
          accept("ASC");
        if (accept("NULLS")) advance();
        s.order.push_back(o);
      } while (accept(","));
    }
    if (accept("LIMIT")) s.limit = number();
    if (accept("OFFSET")) s.offset = number();
    if (now_.what != token::kind::end) throw parse_fault("unexpected token: '" + now_.text + "'");
    return s;
  }

 private:
  void advance() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
      ++at_;
    now_ = {};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '\'') return string_literal();
    const auto part_of_word = [](char x) {
      return std::isalnum(static_cast<unsigned char>(x)) != 0 || x == '_' || x == '.' || x == ':' ||
             x == '-' || x == '+';
    };
    if (part_of_word(c)) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && part_of_word(text_[at_]))
        ++at_;
      now_ = {token::kind::word, std::string(text_.substr(begin, at_ - begin))};
      return;
    }
    for (const std::string_view two : {"!=", "<=", ">=", "<>"}) {
      if (text_.substr(at_, 2) != two) continue;
      now_ = {token::kind::symbol, std::string(two)};
      at_ += 2;
      return;
    }
    now_ = {token::kind::symbol, std::string(1, c)};
    ++at_;
  }

  void string_literal() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '\''; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      if (++at_ == text_.size()) break;
      switch (text_[at_]) {
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case '\\':
        case '\'':
        case '"':
        case '%':
        case '_':
          out += text_[at_];
          break;
        default:
          throw parse_fault("invalid string literal: illegal character sequence");
      }
    }
    if (at_ >= text_.size()) throw parse_fault("line ended in the middle of a string literal");
    ++at_;
    now_ = {token::kind::text, out};
  }

  bool is(std::string_view word) const {
    return now_.what != token::kind::text && now_.what != token::kind::end &&
           same_word(now_.text, word);
  }
  bool accept(std::string_view word) {
    if (!is(word)) return false;
    advance();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      throw parse_fault("unexpected token: '" + now_.text + "', expected " + std::string(word));
  }
  std::string name() {
    if (now_.what != token::kind::word) throw parse_fault("unexpected token: '" + now_.text + "'");
    std::string out = now_.text;
    advance();
    return out;
  }
  std::size_t number() {
    const std::string word = name();
    if (word.empty() || word.find_first_not_of("0123456789") != std::string::npos)
      throw parse_fault("unexpected token: '" + word + "'");
    return std::stoul(word);
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
      out.what = condition::kind::not_;
      out.parts.push_back(single());
      return out;
    }
    condition c;
    c.field = name();
    if (accept("NOT")) {
      expect("IN");
      c.op = "not in";
    } else if (accept("IN")) {
      c.op = "in";
    } else if (accept("LIKE")) {
      c.op = "like";
    } else {
      c.op = now_.text == "<>" ? "!=" : now_.text;
      if (c.op != "=" && c.op != "!=" && c.op != "<" && c.op != "<=" && c.op != ">" && c.op != ">=")
        throw parse_fault("unexpected token: '" + now_.text + "'");
      advance();
    }
    if (c.op == "in" || c.op == "not in") {
      expect("(");
      do
        literal(c);
      while (accept(","));
      expect(")");
    } else {
      literal(c);
    }
    return c;
  }

  void literal(condition& c) {
    if (now_.what == token::kind::text) {
      c.quoted = true;
      c.values.emplace_back(now_.text);
    } else if (now_.what == token::kind::word) {
      if (same_word(now_.text, "null"))
        c.values.emplace_back();
      else if (same_word(now_.text, "true"))
        c.values.emplace_back("1");
      else if (same_word(now_.text, "false"))
        c.values.emplace_back("0");
      else
        c.values.emplace_back(now_.text);
    } else {
      throw parse_fault("unexpected token: '" + now_.text + "'");
    }
    advance();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  token now_;
};

}  // namespace

std::variant<statement, soql_error> parse_soql(std::string_view text) {
  if (text.size() > 100'000)
    return soql_error{"MALFORMED_QUERY",
                      "SOQL statements cannot be longer than 100000 characters."};
  try {
    return parser(text).parse();
  } catch (const std::exception& e) {
    return soql_error{"MALFORMED_QUERY", e.what()};
  }
}

}  // namespace sandbox
