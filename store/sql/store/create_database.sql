-- STORE_CREATE_DATABASE: makes the private cluster's database.
create database lectern
