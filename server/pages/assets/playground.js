/**
 * What the playground does with a session: logs in, ends it in two ways, sends a test mail, shows Dovecot's request.
 * The session id stays in `login` and in request URLs; it is never written to the page.
 * No build: the browser loads this file as it is, and `tsconfig.json` beside it checks its types.
 */
import { createConnection, newConnectionId } from "./connection.js";
import { addEvent } from "./event-list.js";
import { find, onClick, show, write } from "./page.js";
import { ask, isSessionRefusal, textOf } from "./server.js";

/** @type {{ session: string, connection: string, name: string, userId: number, contextId: number } | undefined} */
let login;

const loginForm = find("login", HTMLFormElement);
const connection = createConnection({
  onEvent: addEvent,
  onSessionInvalid: () => leaveSession(""),
  onRefused: leaveUnknownSession,
});

loginForm.addEventListener("submit", (event) => {
  event.preventDefault();
  void logIn();
});
onClick("log-out", () => endBy("GET", "/ajax/login?action=logout&", "Logged out."));
onClick("end-session", () => endBy("POST", "/playground/end-session?", "The session was made invalid."));
onClick("test-mail", sendTestMail);
onClick("copy", copyCommand);
void showOptions();

async function logIn() {
  const button = find("log-in", HTMLButtonElement);
  write("login-problem", "");
  button.disabled = true; // a second press would open a second session
  try {
    const answer = await ask("POST", "/ajax/login?action=login", {
      name: find("name", HTMLInputElement).value,
      password: find("password", HTMLInputElement).value,
      client: "open-xchange-appsuite",
    });
    login = {
      session: String(answer["session"]),
      connection: newConnectionId(),
      name: String(answer["user"]),
      userId: Number(answer["user_id"]),
      contextId: Number(answer["context_id"]),
    };
  } catch (cause) {
    write("login-problem", textOf(cause));
    find("password", HTMLInputElement).select();
    return;
  } finally {
    button.disabled = false;
  }
  loginForm.reset();
  showSession();
  await connectIfAllowed();
}

/** The App Suite asks for no socket unless the capabilities of its user hold `websocket`. */
async function connectIfAllowed() {
  try {
    const { data } = await ask("GET", `/ajax/capabilities?action=all&${sessionQuery()}`);
    const capabilities = Array.isArray(data) ? data.map(idOf) : [];
    if (!capabilities.includes("websocket"))
      connection.tell("not-connected", "Web Sockets are off for this user (no capability “websocket”).");
    else if (login !== undefined) connection.connect(login);
  } catch (cause) {
    connection.tell("not-connected", textOf(cause));
  }
}

/**
 * @param {unknown} capability
 * @returns {unknown}
 */
function idOf(capability) {
  return typeof capability === "object" && capability !== null && "id" in capability ? capability.id : undefined;
}

/**
 * @param {"GET" | "POST"} method
 * @param {string} url up to the session
 * @param {string} reason
 */
async function endBy(method, url, reason) {
  try {
    await ask(method, url + sessionQuery());
    leaveSession(reason);
  } catch (cause) {
    stayOrLeave(cause);
  }
}

async function sendTestMail() {
  write("outcome", "");
  try {
    await ask("POST", `/playground/test-mail?${sessionQuery()}`);
    write("outcome", connection.isConnected() ? "Test mail sent." : "Test mail sent, but nothing is connected here.");
  } catch (cause) {
    stayOrLeave(cause);
  }
}

/** After a refused socket: the status is hidden from scripts, so the session is asked for in the ordinary way. */
async function leaveUnknownSession() {
  try {
    await ask("GET", `/ajax/system?action=whoami&${sessionQuery()}`);
  } catch (cause) {
    if (isSessionRefusal(cause)) stayOrLeave(cause); // anything else may pass, and the client tries again by itself
  }
}

/** @param {unknown} cause */
function stayOrLeave(cause) {
  if (isSessionRefusal(cause)) leaveSession("The server does not know this session any more.");
  else write("outcome", textOf(cause));
}

function showSession() {
  if (login === undefined) return;
  write("session-heading", `${login.name} is logged in (user ${login.userId}, context ${login.contextId})`);
  write("outcome", "");
  write("copied", "");
  showCommand();
  show("signed-in", true);
  show("terminal", true);
  show("signed-out", false);
  find("session-heading", HTMLElement).focus();
}

/** @param {string} reason */
function leaveSession(reason) {
  if (login === undefined) return;
  login = undefined;
  const before = document.activeElement;
  connection.leave(reason);
  show("signed-out", true);
  show("signed-in", false);
  show("terminal", false);
  // Only a focus that has just lost its place moves: whoever reads the events stays there.
  if (before === null || before === document.body || !before.checkVisibility()) find("name", HTMLElement).focus();
}

function sessionQuery() {
  return new URLSearchParams({ session: login?.session ?? "" }).toString();
}

/** Dovecot's own request, field by field, about another mail at each copy: a repeated one may be dropped. */
function showCommand() {
  if (login === undefined) return;
  const mail = {
    user: `${login.userId}@${login.contextId}`,
    event: "messageNew",
    folder: "INBOX",
    "imap-uidvalidity": 1_700_000_000,
    "imap-uid": Math.floor(Date.now() / 1_000),
    from: "=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.org>",
    subject: "=?utf-8?b?w4RwZmVs?=",
    snippet: "Hello from the terminal",
    unseen: 1,
  };
  const lines = [
    "curl -u rest:rest -X PUT",
    `${location.origin}/preliminary/http-notify/v1/notify`,
    "-H 'Content-Type: application/json; charset=utf-8'",
    `-d '${JSON.stringify(mail, undefined, 2).replaceAll("\n", "\n  ")}'`,
  ];
  write("command", lines.join(" \\\n  "));
}

async function copyCommand() {
  showCommand();
  const command = find("command", HTMLElement);
  try {
    await navigator.clipboard.writeText(command.textContent);
    write("copied", "Copied.");
  } catch {
    // No clipboard without HTTPS (except on this machine) or without permission.
    getSelection()?.selectAllChildren(command);
    write("copied", "The command is selected; copy it by hand.");
  }
}

async function showOptions() {
  try {
    const { transports, demoUsers } = await ask("GET", "/playground/options");
    show("transports", Array.isArray(transports) && transports.includes("polling"));
    if (Array.isArray(demoUsers) && demoUsers.length > 0) showDemoUsers(demoUsers);
  } catch (cause) {
    write("login-problem", textOf(cause));
  }
}

/** @param {readonly { login: string, password: string }[]} users */
function showDemoUsers(users) {
  find("demo-users", HTMLElement).replaceChildren(...users.map(demoUserItem));
  show("demo", true);
}

/** @param {{ login: string, password: string }} user */
function demoUserItem(user) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Log in as ${user.login}`;
  button.addEventListener("click", () => {
    find("name", HTMLInputElement).value = user.login;
    find("password", HTMLInputElement).value = user.password;
    loginForm.requestSubmit();
  });
  const item = document.createElement("li");
  item.append(button, ` password ${user.password}`);
  return item;
}
