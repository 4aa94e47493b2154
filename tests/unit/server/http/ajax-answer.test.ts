import { expect, test } from "@jest/globals";
import { takesJson } from "../../../../server/http/ajax-answer.ts";

test.each([
  { accept: undefined, json: true },
  { accept: "", json: true },
  { accept: " ", json: true },
  { accept: "*/*", json: true },
  { accept: "application/json", json: true },
  { accept: "Application/JSON; charset=utf-8", json: true },
  { accept: "text/javascript", json: true },
  { accept: "text/*", json: true },
  { accept: "text/html, application/json", json: true },
  { accept: "text/html;q=0.5, application/json;q=1.0", json: true },
  { accept: "text/html, */*;q=0.1, text/javascript", json: true },
  { accept: "application/json;q=0.9", json: false },
  { accept: "text/html", json: false },
  { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", json: false },
  { accept: "*/*, application/json;q=0.5, text/javascript;q=0.5", json: false },
  { accept: "text/*;q=0.2, text/javascript;q=0, application/*;q=0", json: false },
  { accept: "application/json;q=much", json: false },
  { accept: ",;q=,,", json: false },
])("a client with Accept $accept takes JSON: $json", ({ accept, json }) => {
  expect(takesJson(accept)).toBe(json);
});
