-- Takes users from a node, and answers with those that are on no live node now.
-- KEYS[2]: the node's set. ARGV[4…]: users.
local users = rest(4)
if #users > 0 then
  redis.call('SREM', KEYS[2], unpack(users))
end
return offline(users)
