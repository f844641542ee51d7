"""`millrace discover` in its forms: what is pasted is valid, diagrams obey their grammar, the page needs nothing else."""

import base64
import hashlib
import html.parser
import json
import re
import subprocess
import tomllib
import unittest
import xml.etree.ElementTree

from harness import Project, Sandbox

# What an administrator may write into a label.
HOSTILE = "a\"b'c</script><script>alert(1)</script><!--{x}%%{init: {}}%%;#35;\\&amp;`|\n[pipeline.evil]\nÄ🙂"
OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "User", "Task")


class Page(html.parser.HTMLParser):
    """Elements of a page: sections with their heading and rows, links, texts of scripts and styles."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.attributes, self.tags = [], [], [], []
        self.sections, self.inner = [], {"script": [], "style": []}
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.attributes += attributes.items()
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "section":
            self.sections.append({"id": attributes["id"], "head": "", "rows": []})
        if tag == "tr" and "id" in attributes:
            self.sections[-1]["rows"].append([])
        if tag == "td":
            self.sections[-1]["rows"][-1].append("")
        if tag in self.inner:
            self.inner[tag].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inner:
            self.inner[self.open[-1]][-1] += data
        if "h2" in self.open and "section" in self.open:
            self.sections[-1]["head"] += data
        if "td" in self.open:
            self.sections[-1]["rows"][-1][-1] += data


# Just enough of a browser for the page's script: sections, their rows, a search box.
BROWSER = """
const asked = JSON.parse(process.argv[2]);
const nodes = {};
const node = (id, text) => (nodes[id] = {id, textContent: text, hidden: false, listeners: {},
  addEventListener(kind, then) { this.listeners[kind] = then; }, closest() { return this.section; }, scrollIntoView() { this.seen = true; }});
const box = node("search", ""); box.value = "";
node("found", "");
const sections = asked.sections.map((s) => {
  const section = node(s.id, ""); section.section = section;
  node("n-" + s.id, "");
  const rows = s.rows.map((cells, i) => { const row = node(s.id + "/" + i, cells.join("")); row.section = section; return row; });
  section.querySelector = () => ({textContent: s.head});
  section.querySelectorAll = () => rows;
  section.rows = rows;
  return section;
});
const listeners = {};
globalThis.document = {getElementById: (id) => nodes[id] || null, querySelectorAll: () => sections};
globalThis.window = {addEventListener: (kind, then) => (listeners[kind] = then)};
globalThis.location = {hash: ""};
eval(asked.script);
const shown = () => sections.filter((s) => !s.hidden).map((s) => [s.id, s.rows.filter((r) => !r.hidden).length]);
const out = {};
for (const words of asked.searches) { box.value = words; box.listeners.input(); out[words] = shown(); }
location.hash = "#" + asked.follow; listeners.hashchange();
out.followed = [box.value, shown().length];
console.log(JSON.stringify(out));
"""


class DiscoverTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.org = Sandbox("--scale", "tiny", "--only", ",".join(OBJECTS))
        cls.org.control("schema", {"object": "Lead", "add_field": {"name": "Odd__c", "type": "string", "length": 20, "label": HOSTILE}})
        cls.project = Project(cls.org, pipeline=f'collections = {json.dumps(OBJECTS)}\ndeletes = "remove"\nevery = "90m"')

    @classmethod
    def tearDownClass(cls):
        cls.project.__exit__()
        cls.org.__exit__()

    def discover(self, form, *collections):
        done = self.project.run("discover", "org", *collections, "--format", form)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def catalog(self):
        (plan,) = json.loads(self.discover("json"))["plans"]
        return {c["collection"]: c for c in plan["collections"]}

    def test_what_is_pasted_is_a_valid_pipeline_of_the_same_collections(self):
        for collections in ((), ("leads",)):
            text = self.discover("toml", *collections)
            with Project(self.org) as other:
                before, _, _ = other.config.read_text().partition("[pipeline.org]")
                other.write(before + text)
                self.assertEqual(other.run("validate", "--offline").returncode, 0)
                self.assertEqual(other.run("validate").returncode, 0)
                pasted = tomllib.loads(before + text)
                (found,) = json.loads(other.run("discover", "org", "--format", "json").stdout)["plans"]
            self.assertEqual(list(pasted["pipeline"]), ["org"])
            pipeline = pasted["pipeline"]["org"]
            self.assertEqual((pipeline["deletes"], pipeline["every"], pipeline["schema"]), ("remove", "90m", "sfdc_prod"))
            self.assertEqual(set(pipeline["collections"]), set(collections) or set(self.catalog()))
            self.assertEqual({c["collection"] for c in found["collections"]}, set(pipeline["collections"]))

    def test_mermaid_obeys_its_grammar(self):
        name, text = r'"[a-z0-9_]+"', r'"[^"%{}#;\\<>&`\n]*"'
        for collections in ((), ("leads", "users")):
            lines = self.discover("mermaid", *collections).splitlines()
            self.assertEqual(lines[0], "erDiagram")
            tables, links, inside = {}, set(), None
            for line in lines[1:]:
                if begin := re.fullmatch(rf"  ({name}) {{", line):
                    inside = tables.setdefault(begin[1], [])
                elif line == "  }":
                    inside = None
                elif column := re.fullmatch(rf"    ([a-z]+) ([a-z_][a-z0-9_]*)( PK| FK)? {text}", line):
                    inside.append(column[2])
                else:
                    link = re.fullmatch(rf'  ({name}) }}o--o\| ({name}) : "([a-z0-9_]+)"', line)
                    self.assertTrue(link and inside is None, line)
                    self.assertIn(link[3], tables[link[1]])
                    self.assertIn(link[2], tables)
                    links.add((link[1], link[3], link[2]))
            self.assertIn(('"leads"', "owner_id", '"users"'), links)
            if collections:
                self.assertIn("odd_c", tables['"leads"'])
                self.assertEqual(set(tables), {'"leads"', '"users"'})
            else:
                self.assertNotIn("odd_c", tables['"leads"'])
                self.assertIn(('"contacts"', "account_id", '"accounts"'), links)

    def test_graphviz_obeys_its_grammar(self):
        for collections in ((), ("leads", "users")):
            text = self.discover("dot", *collections)
            lines = text.splitlines()
            self.assertEqual((lines[0], lines[-1]), ('digraph "org" {', "}"))
            ports, links = {}, []
            for line in lines[4:-1]:
                if node := re.fullmatch(r'  "([a-z0-9_]+)" \[label=<(<TABLE.*</TABLE>)>\];', line):
                    # Labels like HTML are well-formed XML.
                    table = xml.etree.ElementTree.fromstring(node[2])
                    ports[node[1]] = {cell.get("PORT") for cell in table.iter("TD")}
                else:
                    link = re.fullmatch(r'  "([a-z0-9_]+)":"(\w+)" -> "([a-z0-9_]+)":"(\w+)";', line)
                    self.assertTrue(link, line)
                    links.append(link.groups())
            self.assertIn(("leads", "f_owner_id", "users", "f_id"), links)
            for start, port, end, key in links:
                self.assertIn(port, ports[start])
                self.assertIn(key, ports[end])
            drawn = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True)
            self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
            self.assertIn("</svg>", drawn.stdout)

    def test_the_page_is_whole_and_loads_nothing(self):
        text = self.discover("html")
        page = Page(text)
        self.assertEqual(page.open, [])
        # Nothing is fetched, and nothing that is not ours runs.
        self.assertNotRegex(text, r"(?i)(https?:|url\(|@import)")
        self.assertEqual({name for name, _ in page.attributes} & {"src", "srcset", "onclick", "onload", "style", "data"}, set())
        self.assertEqual(set(page.tags) & {"link", "img", "iframe", "object", "embed", "form", "base"}, set())
        policy = next(v for k, v in page.attributes if k == "content" and v.startswith("default-src"))
        self.assertIn("default-src 'none'", policy)
        for kind in ("style", "script"):
            (inner,) = page.inner[kind]
            digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
            self.assertIn(f"{kind}-src 'sha256-{digest}'", policy, f"the digest of the {kind} in catalog_page_parts.hpp is not that")
        # Every table, field and label, as the org has them.
        catalog = self.catalog()
        self.assertEqual([s["id"] for s in page.sections], sorted("t-" + name for name in catalog))
        for section in page.sections:
            fields = catalog[section["id"][2:]]["fields"]
            shown = [(row[0], row[1], row[2], row[5]) for row in section["rows"]]
            self.assertEqual(shown, [(f["column"], f["field"], f["type"], f["label"].replace("\n", " ")) for f in fields])
        self.assertIn(HOSTILE.replace("\n", " "), [row[5] for s in page.sections for row in s["rows"]])
        # Links lead somewhere, there and back.
        self.assertEqual(len(page.ids), len(set(page.ids)))
        for link in page.links:
            self.assertIn(link.removeprefix("#"), page.ids)
        self.assertIn("#t-accounts", page.links)
        self.assertIn("#f-contacts-account_id", page.links)

    def test_the_page_can_be_searched(self):
        page = Page(self.discover("html"))
        asked = {
            "sections": page.sections, "script": page.inner["script"][0], "follow": "t-accounts",
            "searches": ["", "contacts", "lead email", "account_id", "no such word", "leads"],
        }
        done = subprocess.run(["node", "-", json.dumps(asked)], input=BROWSER, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        fields = {s["id"]: len(s["rows"]) for s in page.sections}
        self.assertEqual(found[""], [[s["id"], fields[s["id"]]] for s in page.sections])
        self.assertIn(["t-contacts", fields["t-contacts"]], found["contacts"])
        emails = [row for s in page.sections if s["id"] == "t-leads" for row in s["rows"] if "email" in "".join(row).lower()]
        self.assertIn(["t-leads", len(emails)], found["lead email"])
        self.assertNotIn("t-contacts", dict(found["lead email"]))
        self.assertEqual(found["no such word"], [])
        self.assertIn("t-contacts", dict(found["account_id"]))
        # A link to a table that the search hides shows it again.
        self.assertEqual(found["followed"], ["", len(page.sections)])

    def test_other_commands_have_no_such_form(self):
        done = self.project.run("plan", "--format", "html")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
