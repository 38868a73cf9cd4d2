-- Sends the requests of a file in turns: a line of `METHOD PATH`, lines of headers, an empty line, a line with the body.
-- At the end one line tells what was counted; latencies in microseconds.

local requests = {}
local at = 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  refused = 0
  local file = assert(io.open(args[1], "r"))
  while true do
    local first = file:read("*l")
    if not first then break end
    local method, path = first:match("^(%S+) (%S+)$")
    local headers = {}
    while true do
      local line = file:read("*l")
      if line == "" then break end
      local name, value = line:match("^([^:]+): (.*)$")
      headers[name] = value
    end
    local body = file:read("*l")
    if body == "" then body = nil end
    table.insert(requests, wrk.format(method, path, headers, body))
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status)
  if status >= 400 then refused = refused + 1 end
end

function done(summary, latency)
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get("refused") end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("counted %d %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), refused, errors, summary.bytes))
end
