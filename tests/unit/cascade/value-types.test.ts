import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";

import {
  addressRange,
  boolean,
  bytes,
  enumeration,
  host,
  integer,
  list,
  optional,
  origin,
  port,
  prefixLength,
  text,
  timeSpan,
} from "../../../cascade/index.ts";
import type { Parsed, ValueType } from "../../../cascade/setting.ts";

/** A table of texts: `value` alone is a good one, with `odd` a warning, neither a wrong one. */
type Row = readonly [text: string, outcome: { readonly value: unknown; readonly odd?: RegExp } | "wrong"];

function check(type: ValueType<unknown>, rows: readonly Row[]): void {
  test.each(rows)("%j is read as %j", (written, outcome) => {
    const parsed: Parsed<unknown> = type.parse(written);
    if (outcome === "wrong") expect(parsed).toEqual({ ok: false });
    else if (outcome.odd === undefined) expect(parsed).toEqual({ ok: true, value: outcome.value });
    else expect(parsed).toEqual({ ok: true, value: outcome.value, odd: expect.stringMatching(outcome.odd) });
  });
}

describe("the length of a network's prefix, or a mask", () => {
  check(prefixLength(32), [
    ["/24", { value: 24 }],
    ["24", { value: 24 }],
    [" /0 ", { value: 0 }],
    ["/32", { value: 32 }],
    ["255.255.255.0", { value: 24 }],
    ["255.255.255.255", { value: 32 }],
    ["0.0.0.0", { value: 0 }],
    ["255.254.0.0", { value: 15 }],
    ["255.0.255.0", "wrong"],
    ["/33", "wrong"],
    ["-1", "wrong"],
    ["//24", "wrong"],
    ["", "wrong"],
  ]);
  check(prefixLength(128), [
    ["/64", { value: 64 }],
    ["128", { value: 128 }],
    ["/129", "wrong"],
    ["255.255.255.0", "wrong"],
  ]);
});

describe("a boolean is true for `true` only", () => {
  const odd = /only `true` counts as true, so this means false/;
  check(boolean, [
    ["true", { value: true }],
    [" TRUE ", { value: true }],
    ["false", { value: false }],
    ["False", { value: false }],
    ["yes", { value: false, odd }],
    ["on", { value: false, odd }],
    ["1", { value: false, odd }],
    ["enabled", { value: false, odd }],
    ["", { value: false, odd }],
  ]);
});

describe("an integer is read as Java reads one", () => {
  check(integer({ min: 10, max: 20 }), [
    ["15", { value: 15 }],
    [" +15 ", { value: 15 }],
    ["9", { value: 10, odd: /below the minimum, so it is raised to 10/ }],
    ["-15", { value: 10, odd: /raised/ }],
    ["21", { value: 20, odd: /above the maximum, so it is lowered to 20/ }],
    ["2147483648", "wrong"],
    ["1.5", "wrong"],
    ["0x10", "wrong"],
    ["1 5", "wrong"],
    ["5m", "wrong"],
    ["", "wrong"],
  ]);
  check(integer(), [["-2147483648", { value: -2_147_483_648 }]]);
});

describe("a port is from 0 to 65535", () => {
  check(port, [
    ["0", { value: 0 }],
    ["65535", { value: 65_535 }],
    ["65536", "wrong"],
    ["-1", "wrong"],
    ["http", "wrong"],
  ]);
});

describe("a host is an address, a name or *", () => {
  check(host, [
    ["*", { value: "*" }],
    ["127.0.0.1", { value: "127.0.0.1" }],
    ["::1", { value: "::1" }],
    ["[::1]", { value: "::1" }],
    ["ox-1.example.com", { value: "ox-1.example.com" }],
    ["http://ox", "wrong"],
    ["a b", "wrong"],
    ["-a", "wrong"],
    ["", "wrong"],
  ]);
});

describe("a text may be held to a pattern", () => {
  check(text(), [["  any = thing ", { value: "  any = thing " }]]);
  check(text({ pattern: /^a+$/, allowed: "letters a" }), [
    ["aa", { value: "aa" }],
    ["b", "wrong"],
  ]);
});

describe("an enumeration takes its words in any case", () => {
  check(enumeration("calculate", "remember"), [
    ["calculate", { value: "calculate" }],
    [" Remember ", { value: "remember" }],
    ["forget", "wrong"],
    ["", "wrong"],
  ]);
});

describe("an optional value is unset by an empty text", () => {
  check(optional(port), [
    ["", { value: undefined }],
    [" ", { value: undefined }],
    ["1", { value: 1 }],
    ["x", "wrong"],
  ]);
});

describe("a list is separated by commas", () => {
  check(list(text()), [
    ["", { value: [] }],
    [" , ,", { value: [] }],
    ["a, b ,,c", { value: ["a", "b", "c"] }],
  ]);
  check(list(enumeration("websocket", "polling"), { min: 1 }), [
    ["websocket,polling", { value: ["websocket", "polling"] }],
    ["websocket,carrier pigeon", { value: ["websocket"], odd: /item 2 is not websocket, polling, so it is ignored/ }],
    ["carrier pigeon", "wrong"],
    ["", "wrong"],
  ]);
  check(list(boolean), [["true,yes", { value: [true, false], odd: /only `true`/ }]]);
});

describe("a time span sums its parts", () => {
  check(timeSpan({ words: { "web-browser": -1 } }), [
    ["250", { value: 250 }],
    ["1W", { value: 604_800_000 }],
    ["1d", { value: 86_400_000 }],
    ["1h30m", { value: 5_400_000 }],
    ["1M", { value: 60_000 }],
    ["1s5MS", { value: 1_005 }],
    ["2m3", { value: 120_003 }],
    ["Web-Browser", { value: -1 }],
    ["-5m", { value: 300_000, odd: /signs, dots and blanks are skipped, so this means 300000 ms/ }],
    ["1.5h", { value: 54_000_000, odd: /this means 54000000 ms/ }],
    ["10 20", { value: 1_020, odd: /this means 1020 ms/ }],
    ["1h 30m", { value: 5_400_000, odd: /skipped/ }],
    ["5y", "wrong"],
    ["5constructor", "wrong"],
    ["m", "wrong"],
    ["__proto__", "wrong"],
    ["", "wrong"],
    ["99999999999999999999W", "wrong"],
  ]);
  check(timeSpan({ min: 1_000, max: 2_000 }), [
    ["1", { value: 1_000, odd: /raised to 1000/ }],
    ["1m", { value: 2_000, odd: /lowered to 2000/ }],
  ]);
});

describe("a size counts with the factor 1024", () => {
  check(bytes({ min: 1_024, max: 2 ** 30 }), [
    ["16384", { value: 16_384 }],
    ["16 kB", { value: 16_384 }],
    ["1MB", { value: 1_048_576 }],
    ["1gb", { value: 2 ** 30 }],
    ["2048B", { value: 2_048 }],
    ["1", { value: 1_024, odd: /raised/ }],
    ["1e3", "wrong"],
    ["1TB", { value: 2 ** 30, odd: /lowered/ }],
    ["1TiB", "wrong"],
    ["-1", "wrong"],
    ["", "wrong"],
  ]);
});

describe("an origin has the form that browsers send", () => {
  check(origin, [
    ["https://ox.example.com", { value: "https://ox.example.com" }],
    ["HTTPS://OX.example.com:443/", { value: "https://ox.example.com" }],
    ["http://[::1]:8009", { value: "http://[::1]:8009" }],
    ["ox.example.com", "wrong"],
    ["https://ox.example.com/appsuite", "wrong"],
    ["https://user@ox.example.com", "wrong"],
    ["https://ox.example.com?x", "wrong"],
    ["ftp://ox.example.com", "wrong"],
    ["https://*.example.com", "wrong"],
    ["https://ox\\evil", "wrong"],
    ["*", "wrong"],
    ["null", "wrong"],
    ["https://a:99999", "wrong"],
  ]);
});

describe("an address range is an IP address with or without a length", () => {
  check(addressRange, [
    ["10.0.0.1", { value: "10.0.0.1" }],
    ["10.0.0.0/8", { value: "10.0.0.0/8" }],
    ["fd00::/64", { value: "fd00::/64" }],
    ["10.0.0.0/33", "wrong"],
    ["10.0.0.0/", "wrong"],
    ["10.0.0.0/8/8", "wrong"],
    ["proxy.example.com", "wrong"],
    ["", "wrong"],
  ]);
});

describe("every type is total", () => {
  const types: Readonly<Record<string, ValueType<unknown>>> = {
    boolean,
    integer: integer(),
    port,
    host,
    enumeration: enumeration("a", "b"),
    list: list(addressRange),
    timeSpan: timeSpan(),
    bytes: bytes({ min: 0, max: 1e9 }),
    origin,
    addressRange,
    prefixLength: prefixLength(32),
  };

  test.each(Object.entries(types))("%s gives an outcome for any text", (_name, type) => {
    const awkward = fc.string({ unit: fc.constantFrom(..."0123456789 .-+,:/[]*mshdwkbtrue=\\\u00a0é".split("")) });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), awkward), (written) => {
        expect(typeof type.parse(written).ok).toBe("boolean");
      }),
    );
  });

  test.each(Object.entries(types))("%s takes a very long text without stalling", (_name, type) => {
    for (const unit of ["1", "1 ", "1m", " ", "a-", "a.", ",", "1,", "https://"]) {
      const startedMs = performance.now();
      type.parse(`${unit.repeat(200_000)}!`);
      expect(performance.now() - startedMs).toBeLessThan(10_000);
    }
  });

  test("a printed time span is read as what was printed", () => {
    const amount = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(amount, amount, amount, (days, hours, seconds) => {
        const value = days * 86_400_000 + hours * 3_600_000 + seconds * 1_000;
        expect(timeSpan().parse(`${days}D${hours}h${seconds}s`)).toEqual({ ok: true, value });
      }),
    );
  });
});
