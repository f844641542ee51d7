// See the other tests.
