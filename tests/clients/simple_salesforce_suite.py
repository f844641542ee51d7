"""PyPI's simple-salesforce against the sandbox org.

  simple_salesforce_suite.py READY-FILE
"""

import json
import sys
import unittest

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceMalformedRequest, SalesforceResourceNotFound

READY = json.loads(open(sys.argv[1]).read())
ORG = READY["orgs"][0]


class OverPlainHttp(HTTPAdapter):
    """The client writes https:// itself; the sandbox speaks plain http on loopback."""

    def send(self, request, **kwargs):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **kwargs)

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        request.url = request.url.replace("https://", "http://", 1)
        return super().get_connection_with_tls_context(request, verify, proxies, cert)


def connect():
    token = requests.post(
        ORG["login_url"] + "/services/oauth2/token",
        data={"grant_type": "client_credentials", "client_id": ORG["client_id"], "client_secret": ORG["client_secret"]},
        timeout=10,
    ).json()
    session = requests.Session()
    session.mount("https://", OverPlainHttp())
    instance = token["instance_url"].replace("http://", "")
    return Salesforce(instance=instance, session_id=token["access_token"], session=session, version="62.0")


class suite(unittest.TestCase):
    def setUp(self):
        self.sf = connect()

    def test_describes(self):
        self.assertGreater(len(self.sf.describe()["sobjects"]), 100)
        fields = {f["name"]: f for f in self.sf.Account.describe()["fields"]}
        self.assertEqual(fields["AnnualRevenue"]["type"], "currency")

    def test_queries_with_pages(self):
        first = self.sf.query("SELECT Id FROM Contact")
        self.assertFalse(first["done"])
        everything = self.sf.query_all("SELECT Id, Name FROM Contact")
        self.assertEqual(len(everything["records"]), first["totalSize"])
        self.assertEqual(len({r["Id"] for r in everything["records"]}), first["totalSize"])

    def test_query_all_shows_deleted_records(self):
        live = self.sf.query("SELECT COUNT() FROM Lead")["totalSize"]
        everything = self.sf.query_all("SELECT Id, IsDeleted FROM Lead", include_deleted=True)
        self.assertGreater(everything["totalSize"], live)

    def test_errors_are_the_orgs(self):
        with self.assertRaises(SalesforceMalformedRequest) as caught:
            self.sf.query("SELECT Nope FROM Contact")
        self.assertEqual(caught.exception.content[0]["errorCode"], "INVALID_FIELD")
        with self.assertRaises(SalesforceResourceNotFound):
            self.sf.Account.get("0015g0000zzzzzzAAA")

    def test_creates_updates_and_deletes(self):
        created = self.sf.Account.create({"Name": "Grün & Söhne 😀"})
        self.assertTrue(created["success"])
        self.assertEqual(self.sf.Account.get(created["id"])["Name"], "Grün & Söhne 😀")
        self.assertEqual(self.sf.Account.update(created["id"], {"Name": "Grün"}), 204)
        self.assertEqual(self.sf.Account.get(created["id"])["Name"], "Grün")
        self.assertEqual(self.sf.Account.delete(created["id"]), 204)
        with self.assertRaises(SalesforceError):
            self.sf.Account.get(created["id"])

    def test_bulk_2_query(self):
        expected = self.sf.query("SELECT COUNT() FROM Contact")["totalSize"]
        pages = list(self.sf.bulk2.Contact.query("SELECT Id, Name FROM Contact", max_records=1000))
        rows = sum(page.count("\n003") + page.count('\n"003') for page in pages)
        self.assertEqual(rows, expected)

    def test_limits(self):
        self.assertIn("DailyApiRequests", self.sf.limits())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
