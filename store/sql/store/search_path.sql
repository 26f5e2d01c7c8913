-- STORE_SEARCH_PATH: lets psql in the private cluster find the documented tables by their bare names.
alter role current_user set search_path = classroom, account, public
