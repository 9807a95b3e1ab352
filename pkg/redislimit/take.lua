-- Takes one token of a bucket. KEYS[1]: the bucket. ARGV[1]: its size in tokens. ARGV[2]: microseconds for one token
-- to be refilled. The key holds the time (microseconds of this server's clock) at which the bucket is full again,
-- which is all there is to know of it, and expires then.
-- Answers with whether there was a token (1 or 0), how many microseconds are missing until full, and how many until
-- there is a token, 0 if there was one.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local per = tonumber(ARGV[2])
local whole = ARGV[1] * per

-- A bucket is never fuller than full nor emptier than empty, also if the limit or the clock was changed.
local missing = math.min(math.max((tonumber(redis.call('GET', KEYS[1])) or 0) - now, 0), whole)
if missing + per > whole then
  return {0, missing, missing + per - whole}
end
missing = missing + per
redis.call('SET', KEYS[1], string.format('%.0f', now + missing), 'PX', math.ceil(missing / 1000))
return {1, missing, 0}
