-- Answers with those of the users whom no live node has. ARGV[4…]: users.
return offline(rest(4))
