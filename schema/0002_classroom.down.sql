drop schema classroom cascade;
