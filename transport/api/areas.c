/* Areas: the list of them. A new product is its folder and a line here. */
#include "transport/api/attendance/attendance.h"
#include "transport/api/classroom/classroom.h"
#include "transport/api/coaching/coaching.h"
#include "transport/api/courses/courses.h"
#include "transport/api/practice/practice.h"
#include "transport/api/service/service.h"

const struct area *const api_areas[] = {
    &classroom_area, &service_area, &attendance_area, &courses_area, &practice_area, &coaching_area, NULL
};
