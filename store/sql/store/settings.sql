-- STORE_SETTINGS: gives the session settings, of a JSON object of names and values, in its order.
-- takes: arg.settings json
-- gives: setting text, encoding text
select set_config(key, value, false), current_setting('server_encoding') from json_each_text($1)
