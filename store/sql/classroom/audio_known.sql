-- AUDIO_KNOWN: which of these files (a JSON array of names) have a row. At start, by the sweep of the folder.
-- takes: arg.names json
-- gives: file_path text
select file_path from classroom.audio_files
where file_path in (select json_array_elements_text($1))
