// What every catalog page is dressed and moved by. The page's policy lets these two texts in by
// their digests, and nothing else: a test compares them, and says what they must be.
#pragma once

namespace millrace {

inline constexpr const char* page_style = R"css(
:root { color-scheme: light dark; --line: #8884; --mark: #f5c84255; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; display: grid; grid-template-columns: 17rem 1fr; }
header { grid-column: 1 / 3; position: sticky; top: 0; z-index: 1; padding: .6rem 1rem; background: Canvas; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1.1rem; margin: 0; }
input { font: inherit; padding: .25rem .5rem; width: 22rem; max-width: 100%; }
nav { position: sticky; top: 3.4rem; align-self: start; height: calc(100vh - 3.4rem); overflow: auto; padding: .5rem 1rem; border-right: 1px solid var(--line); }
nav ul { list-style: none; margin: 0; padding: 0; }
main { padding: .5rem 1.5rem 60vh; min-width: 0; }
section { content-visibility: auto; contain-intrinsic-size: auto 30rem; scroll-margin-top: 3.6rem; margin-bottom: 2rem; overflow-x: auto; }
h2 { font-size: 1.1rem; margin: 1rem 0 .2rem; }
small, .facts { color: GrayText; font-weight: normal; }
p { margin: .2rem 0; }
table { border-collapse: collapse; margin: .4rem 0; }
th, td { text-align: left; padding: .15rem .8rem .15rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr { scroll-margin-top: 6rem; }
tr:target, section:target h2 { background: var(--mark); }
[hidden] { display: none !important; }
@media (max-width: 50rem) { body { display: block; } nav { display: none; } }
)css";

inline constexpr const char* page_script = R"js(
(function () {
  "use strict";
  var box = document.getElementById("search");
  var found = document.getElementById("found");
  var textOf = function (node) { return node.textContent.toLowerCase(); };
  var list = function (nodes) { return Array.prototype.slice.call(nodes); };
  var tables = list(document.querySelectorAll("section")).map(function (section) {
    return {
      section: section,
      entry: document.getElementById("n-" + section.id),
      head: textOf(section.querySelector("h2")),
      rows: list(section.querySelectorAll("tbody tr")).map(function (row) {
        return { row: row, text: textOf(row) };
      })
    };
  });
  // A table whose name has all the words shows whole; otherwise those of its fields that, together
  // with the name, have them.
  function search() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0, fields = 0;
    tables.forEach(function (table) {
      var whole = words.every(function (word) { return table.head.indexOf(word) >= 0; });
      var some = whole;
      table.rows.forEach(function (entry) {
        var fits = whole || words.every(function (word) {
          return table.head.indexOf(word) >= 0 || entry.text.indexOf(word) >= 0;
        });
        entry.row.hidden = !fits;
        if (fits) { some = true; fields += 1; }
      });
      table.section.hidden = table.entry.hidden = !some;
      if (some) { shown += 1; }
    });
    found.textContent = words.length ? shown + " tables, " + fields + " fields" : "";
  }
  // A link leads to its table also when the search does not show that.
  function follow() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    var section = target.closest("section");
    if (target.hidden || (section && section.hidden)) {
      box.value = "";
      search();
      target.scrollIntoView();
    }
  }
  box.addEventListener("input", search);
  window.addEventListener("hashchange", follow);
  search();
  follow();
})();
)js";

/// SHA-256, in base 64, of each text.
inline constexpr const char* page_style_digest = "NCyk9kERyodsB7pXYtXqVZASCz7w11yOMIA77IV9fgQ=";
inline constexpr const char* page_script_digest = "X+19S60IEaR6S0WjLQg3/bV4bnQzB686y0WOuwV10/Q=";

}  // namespace millrace
