// A box truck with a bonnet on a country road, three-quarter view from the front.
#version 3.7;
#include "outdoor.inc"
#include "loft.inc"

#declare SunDir = <-0.70, 0.90, -0.80>;
Sun(SunDir, srgb <1.0, 0.95, 0.87> * 1.5)
Sky(SunDir, 0.48, 1.5, <6.2, 0, 1.4>, srgb <0.26, 0.47, 0.80>, srgb <0.80, 0.87, 0.94>)
Haze(1100, srgb <0.74, 0.82, 0.91>)

#declare Yellow = Paint(<0.60, 0.235, 0.012>)
#declare BoxWhite = texture {
  pigment { rgb <0.60, 0.60, 0.59> }
  finish { diffuse 0.88 ambient 0 specular 0.25 roughness 0.02 reflection { 0.01, 0.35 fresnel } conserve_energy }
}
#declare Blue = Paint(<0.012, 0.055, 0.22>)
#declare Lens = texture {
  pigment { gradient z scale 0.03 color_map { [0 rgb 0.30] [0.5 rgb 0.62] [1 rgb 0.30] } }
  finish { diffuse 0.6 ambient 0 specular 0.9 roughness 0.003 reflection { 0.12, 0.9 fresnel } conserve_energy }
}
#declare Amber = texture { pigment { rgb <0.75, 0.22, 0.01> } finish { diffuse 0.8 ambient 0.05 specular 0.5 } }

// The truck: nose towards +x, wheels on y = 0.
#declare CabWide = spline { linear_spline 0, 1.06*x, 4, 1.06*x };
#declare CabLow = spline { linear_spline 0, 0.72*x, 4, 0.72*x };
#declare CabHigh = spline { linear_spline 0.8, 2.62*x, 1.2, 2.67*x, 1.75, 2.69*x, 1.95, 2.66*x, 2.06, 2.58*x, 2.42, 1.68*x, 2.7, 1.58*x };
#declare HoodWide = spline { natural_spline 2.0, 1.00*x, 2.6, 0.94*x, 3.2, 0.86*x, 3.8, 0.80*x };
#declare HoodLow = spline { linear_spline 2.0, 0.72*x, 3.8, 0.72*x };
#declare HoodHigh = spline { natural_spline 2.0, 1.74*x, 2.5, 1.69*x, 3.1, 1.59*x, 3.5, 1.49*x, 3.8, 1.38*x };
#declare FenderWide = spline { linear_spline 1, 0.24*x, 4, 0.24*x };
#declare FenderLow = spline { linear_spline 1, 0.45*x, 4, 0.45*x };
#declare FenderHigh = spline { natural_spline 1.8, 0.86*x, 2.2, 1.10*x, 2.6, 1.22*x, 3.0, 1.21*x, 3.4, 1.10*x, 3.8, 0.96*x };

#declare FrontAxle = 2.72;
#declare RearAxle = -2.55;

#declare CabGlass = union {
  prism { -2, 2, 6, <1.22, 1.70>, <1.22, 2.42>, <1.86, 2.42>, <2.00, 2.30>, <2.22, 1.70>, <1.22, 1.70> rotate -x * 90 }
  box { <2.09, 1.76, -0.86> <2.6, 2.53, -0.02> }
  box { <2.09, 1.76, 0.02> <2.6, 2.53, 0.86> }
}
#declare CabSeams = union {
  difference {
    box { <1.14, 0.86, -2> <2.34, 2.5, 2> }
    prism { -3, 3, 6, <1.155, 0.875>, <1.155, 2.485>, <1.92, 2.485>, <2.07, 2.32>, <2.325, 0.875>, <1.155, 0.875> rotate -x * 90 }
    prism { -3, 3, 5, <1.93, 2.6>, <2.07, 2.33>, <2.34, 1.0>, <2.6, 2.6>, <1.93, 2.6> rotate -x * 90 }
  }
}

#declare Front = union {
  // cab and bonnet
  object { Body(0.92, 2.60, 120, 80, CabWide, CabLow, CabHigh, 7.5, 0.12, 0.10, 2.4)
    texture { object { CabGlass texture { object { CabSeams texture { Yellow } texture { Trim } } } texture { Glass } } } }
  difference {
    union {
      object { Body(2.10, 3.70, 70, 72, HoodWide, HoodLow, HoodHigh, 5, 0.1, 0.16, 2.4) }
      #for (S, -1, 1, 2) object { Body(1.98, 3.62, 60, 48, FenderWide, FenderLow, FenderHigh, 3.6, 0.3, 0.3, 2.4) translate z * S * 0.90 } #end
    }
    #for (S, -1, 1, 2) cylinder { <FrontAxle, 0.50, S * 0.55>, <FrontAxle, 0.50, S * 2>, 0.575 texture { Trim } } #end
    box { <1, 0, -2> <2.3, 0.62, 2> }
    box { <3.2, 0, -2> <4, 0.66, 2> }
    texture { Yellow }
  }
  // grille
  superellipsoid { <0.25, 0.25> scale <0.05, 0.34, 0.56> translate <3.68, 1.07, 0> texture { Chrome } }
  box { <3.70, 0.79, -0.50> <3.735, 1.35, 0.50> texture { Trim } }
  #for (I, 0, 5) superellipsoid { <0.4, 0.3> scale <0.025, 0.020, 0.51> translate <3.735, 0.84 + I * 0.093, 0> texture { Chrome } } #end
  // headlamps and direction lamps
  #for (S, -1, 1, 2)
    superellipsoid { <0.3, 0.3> scale <0.10, 0.135, 0.20> translate <3.545, 0.93, S * 0.83> texture { Chrome } }
    superellipsoid { <0.3, 0.4> scale <0.05, 0.105, 0.165> translate <3.62, 0.93, S * 0.83> texture { Lens } }
    superellipsoid { <0.3, 0.4> scale <0.08, 0.05, 0.10> translate <3.50, 1.13, S * 0.90> texture { Amber } }
  #end
  // bumper, plate
  superellipsoid { <0.25, 0.3> scale <0.11, 0.15, 1.14> translate <3.80, 0.60, 0> texture { Chrome } }
  box { <3.90, 0.53, -0.17> <3.922, 0.66, 0.17> texture { pigment { rgb 0.45 } finish { ambient 0 diffuse 0.9 } } }
  box { <3.3, 0.35, -0.8> <3.7, 0.6, 0.8> texture { Trim } }
  // mirrors, handles, wipers, clearance lamps, steps
  #for (S, -1, 1, 2)
    superellipsoid { <0.4, 0.3> scale <0.06, 0.24, 0.11> translate <2.24, 2.02, S * 1.36> texture { Trim } }
    cylinder { <2.22, 2.22, S * 1.05>, <2.24, 2.22, S * 1.36>, 0.018 texture { Trim } }
    cylinder { <2.22, 1.80, S * 1.05>, <2.24, 1.80, S * 1.36>, 0.018 texture { Trim } }
    box { <1.20, 1.52, S * 1.05 - 0.02> <1.40, 1.56, S * 1.05 + 0.02> texture { Trim } }
    box { <1.05, 0.40, S * 1.06 - 0.14> <1.95, 0.46, S * 1.06 + 0.06> texture { Alloy } }
    cylinder { <0.15, 0.62, S * 0.86>, <0.95, 0.62, S * 0.86>, 0.27 texture { Alloy } }
    cylinder { <2.44, 1.70, S * 0.2>, <2.30, 2.06, S * 0.55>, 0.012 texture { Trim } }
  #end
  #for (I, -2, 2) superellipsoid { <0.5, 0.5> scale <0.07, 0.035, 0.06> translate <1.85, 2.70, I * 0.40> texture { Amber } } #end
}

#declare Rear = union {
  // frame, cross-members, mudguards
  #for (S, -1, 1, 2)
    box { <-4.3, 0.72, S * 0.42 - 0.05> <3.2, 0.98, S * 0.42 + 0.05> texture { Trim } }
    box { <RearAxle - 0.85, 0.35, S * 0.85 - 0.3> <RearAxle - 0.82, 0.98, S * 0.85 + 0.3> texture { Rubber } }
    box { <-1.75, 0.50, S * 1.12 - 0.02> <0.0, 0.55, S * 1.12 + 0.02> texture { Alloy } }
    box { <-1.75, 0.72, S * 1.12 - 0.02> <0.0, 0.77, S * 1.12 + 0.02> texture { Alloy } }
  #end
  box { <-4.35, 0.94, -1.18> <0.85, 1.08, 1.18> texture { Trim } }
  // the box: panels with rivet strips, aluminium rails and corners
  box { <-4.4, 1.08, -1.24> <0.80, 3.52, 1.24>
    texture { object {
      union { box { <-5, 1.62, -2> <-0.0, 1.92, 2> } box { <-5, 1.98, -2> <-0.25, 2.04, 2> } }
      texture { BoxWhite } texture { Blue } } } }
  #for (S, -1, 1, 2)
    #for (I, 0, 12)
      box { <-4.2 + I * 0.4, 1.1, S * 1.24 - 0.004> <-4.19 + I * 0.4, 1.60, S * 1.24 + 0.004> texture { BoxWhite } }
      box { <-4.2 + I * 0.4, 2.06, S * 1.24 - 0.004> <-4.19 + I * 0.4, 3.5, S * 1.24 + 0.004> texture { BoxWhite } }
    #end
    superellipsoid { <0.3, 0.3> scale <2.64, 0.07, 0.045> translate <-1.8, 3.50, S * 1.225> texture { Alloy } }
    superellipsoid { <0.3, 0.3> scale <2.64, 0.08, 0.035> translate <-1.8, 1.12, S * 1.23> texture { Alloy } }
    superellipsoid { <0.3, 0.3> scale <0.05, 1.24, 0.05> translate <0.79, 2.30, S * 1.225> texture { Alloy } }
    superellipsoid { <0.3, 0.3> scale <0.05, 1.24, 0.05> translate <-4.39, 2.30, S * 1.225> texture { Alloy } }
    sphere { <0.79, 3.50, S * 1.22>, 0.075 texture { Alloy } }
    #for (I, 0, 2) superellipsoid { <0.5, 0.5> scale <0.06, 0.03, 0.02> translate <-4.1 + I * 2.35, 1.12, S * 1.27> texture { Amber } } #end
  #end
  superellipsoid { <0.3, 0.3> scale <0.05, 0.07, 1.26> translate <0.79, 3.50, 0> texture { Alloy } }
  #for (I, -1, 1) box { <0.79, 1.1, I * 0.6 - 0.01> <0.81, 3.5, I * 0.6 + 0.01> texture { BoxWhite } } #end
}

#declare Truck = union {
  object { Front }
  object { Rear }
  #for (S, -1, 1, 2)
    object { Wheel(0.50, 0.28, 0.30, 0) scale <1, 1, -S> translate <FrontAxle, 0.50, S * 0.97> }
    object { Wheel(0.50, 0.28, 0.30, 0) scale <1, 1, -S> translate <RearAxle, 0.50, S * 1.02> }
    object { Wheel(0.50, 0.28, 0.30, 0) scale <1, 1, -S> translate <RearAxle, 0.50, S * 0.70> }
  #end
  cylinder { <RearAxle, 0.5, -0.9>, <RearAxle, 0.5, 0.9>, 0.1 texture { Trim } }
  sphere { <RearAxle, 0.5, 0>, 0.28 texture { Trim } }
}

object { Truck scale <-1, 1, 1> translate x * 0.3 }

plane { y, -0.05 texture { Meadow } }
box { <-250, -0.2, -12> <250, 0, 3.0> texture { Asphalt } }
box { <-250, -0.2, 2.45> <250, 0.003, 2.60>
  texture { pigment { granite scale 0.3 color_map { [0 rgb 0.25] [0.3 rgb 0.5] [1 rgb 0.6] } } finish { ambient 0 diffuse 0.85 } } }
GrassField(8, -16, 16, 3.1, 11.5, 1.4, 0.15)
TreeRow(14, <-45, 0, 58>, <120, 0, 46>, 38, 6, 15)
TreeRow(29, <-110, 0, 95>, <120, 0, 110>, 46, 9, 17)
TreeRow(33, <-110, 0, 78>, <120, 0, 84>, 100, 2.5, 4.5)

camera {
  location <-11.6, 1.75, -9.6>
  right x * image_width / image_height
  look_at <-0.1, 1.66, 0>
  angle 34
}
